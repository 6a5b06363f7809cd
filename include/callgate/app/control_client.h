// Asking the gate processes of this user and state folder, from a command.
#pragma once

#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/base/time.h"
#include "callgate/wire/message.h"

namespace callgate {

enum class Asked {
  All,      ///< every gate process: the gateway process, those that clients have launched, commands
  Gateway,  ///< the gateway process only
};

/// What one gate process said: the value of "ok", or the error that it told, or
/// "control.no_answer".
struct ControlAnswer {
  std::string socket;
  Result<MessagePtr> answer;
  Value ok() const { return (*answer)->root().find("ok"); }  ///< when answer.ok()
};

/// Asks all at once and waits at most `limit` in all. `request_json` is an object with "ask".
/// Sockets of dead processes are removed. Nobody there: an empty list. Blocking.
std::vector<ControlAnswer> ask_gates(const std::string& state_dir, Asked whom,
                                     const std::string& request_json, Millis limit = Millis{2000});

}  // namespace callgate
