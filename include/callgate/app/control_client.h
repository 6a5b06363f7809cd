// Lets a command send a request to the running gate processes of this user and state folder.
#pragma once

#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/base/time.h"
#include "callgate/wire/message.h"

namespace callgate {

enum class Asked {
  All,          ///< the shared gate, gates that clients have launched, and commands with a gate
  GateProcess,  ///< only the shared gate (`callgate serve`)
};

/// The answer of one gate process: a message with the member "ok", or the error that the gate
/// process reported, or the error "control.no_answer".
struct ControlAnswer {
  std::string socket;
  Result<MessagePtr> answer;
  /// Returns the value of the member "ok". May be called only if answer.ok().
  Value ok() const { return (*answer)->root().find("ok"); }
};

/// Sends the request to all these gate processes at the same time, and waits for their answers, in
/// total at most `limit`. `request_json` is an object with the member "ask". Removes the sockets of
/// processes that have ended, except the socket of the shared gate. Returns an empty list if no
/// gate process runs. Blocking.
std::vector<ControlAnswer> ask_gates(const std::string& state_dir, Asked whom,
                                     const std::string& request_json, Millis limit = Millis{2000});

}  // namespace callgate
