// The ends of calls: refused, failed, cancelled or answered. All of them go through finish().
#pragma once

#include <string>
#include <string_view>

#include "gate/call/calls.h"
#include "gate/call/core.h"

namespace callgate {

class CallEndings {
 public:
  explicit CallEndings(Core& core) : core_(core) {}

  /// The rules or the guard have refused the call.
  void refuse(Call& call);
  void fail(Call& call, Outcome outcome, ErrorCode code, const std::string& message,
            std::string_view code_word);
  /// The server asked a question that the client can't be asked, or the client refused to answer.
  void fail_by_question(Call& call, const std::string& why);
  /// Every call ends here, in whatever state it is. The only exception is the repeated decision on
  /// a subscription that stays allowed; see SubscriptionCalls::still_allowed().
  void finish(Call& call, Ending ending);
  /// Cancels the call's task or request at its child. The gate drops a later answer of the child.
  void leave_child(Call& call, std::string_view reason_json);

  void cancel(CallNumber number, std::string_view reason_json);
  void client_gone(CallNumber number, const std::string& reason);
  void session_closed(SessionNumber session, const std::string& reason);
  void child_lost(CallNumber number, const std::string& why);
  void timed_out(CallNumber number, const std::string& why);
  void shut_down();

 private:
  void append_finished(Call& call, Ending& ending);
  void give_answer(Call& call, Ending& ending, bool detached);

  Core& core_;
};

}  // namespace callgate
