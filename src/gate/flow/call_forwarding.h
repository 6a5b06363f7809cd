// Sends recorded calls to their children, and handles the children's answers.
#pragma once

#include <string_view>

#include "gate/call/calls.h"
#include "gate/call/core.h"

namespace callgate {

class CallForwarding {
 public:
  explicit CallForwarding(Core& core) : core_(core) {}

  /// The rows of the call are durable.
  void forward(Call& call);
  void send(Call& call);
  void send_if_ready(Call& call);
  void answered(CallNumber number, const Rpc& rpc, const MessagePtr& message);
  /// Like answered(), for a call in the state AtChild.
  void take_answer(Call& call, const Rpc& rpc, const MessagePtr& message);
  /// Answers the client's request although the call continues. The call must be detached().
  void answer_detached(Call& call, std::string answer);
  /// The call's task has ended. `answer` is what the guard observes, or nullptr.
  void task_ended(CallNumber number, Ending ending, const GuardAnswer* answer);
  /// Forwards progress under the token that the client gave. `token` is the gate's own.
  void progress(const Call& call, const Rpc& rpc, Value token);
  void log_message(CallNumber number, int level, const Rpc& rpc);
  /// Returns the child's id of the task that a call becomes with this answer. Absent if the answer
  /// ends the call.
  static Value task_id(const Call& call, const Rpc& rpc);

 private:
  void forward_request(Call& call);
  void answer_ourselves(Call& call, std::string_view result);
  void subscribe(Call& call);
  void request_answered(Call& call, const Rpc& rpc, const MessagePtr& message);
  void end_with(Call& call, const Rpc& rpc, const MessagePtr& message);
  bool became_task(Call& call, const Rpc& rpc);
  void learn_links(const Call& call, Value result);

  Core& core_;
};

}  // namespace callgate
