// Lets a command ask the gate processes of this user and state folder.
#pragma once

#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/base/time.h"
#include "callgate/wire/message.h"

namespace callgate {

enum class Asked {
  All,      ///< every gate process: the shared gate, those that clients have launched, and commands
  Gateway,  ///< only the shared gate (`callgate serve`)
};

/// The answer of one gate process: a message with "ok", the error that it reported, or
/// "control.no_answer".
struct ControlAnswer {
  std::string socket;
  Result<MessagePtr> answer;
  /// The value of "ok"; only if answer.ok().
  Value ok() const { return (*answer)->root().find("ok"); }
};

/// Asks all of them at once and waits at most `limit` for all answers. `request_json` is an object
/// with "ask". Removes the sockets of dead processes, except that of the shared gate. Returns an
/// empty list if no gate process runs. Blocking.
std::vector<ControlAnswer> ask_gates(const std::string& state_dir, Asked whom,
                                     const std::string& request_json, Millis limit = Millis{2000});

}  // namespace callgate
