// If a client did not get the answer to a call that may write, and makes an equal call, that second
// call is a retry and is not made. While the server works on the first call, the retry waits for
// its answer. If the server has answered, the client gets this answer. Otherwise the client is told
// once that the outcome is unknown. A client did not get the answer if it cancelled the call, gave
// up waiting or is gone, or if the gate's time-out passed. Late answers to all kinds of calls are
// recorded.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "gate/call/calls.h"
#include "gate/call/core.h"
#include "gate/retry/client_patience.h"
#include "gate/retry/left_calls.h"
#include "gate/retry/recent_answers.h"
#include "gate/retry/retry_matches.h"
#include "gate/retry/retry_rules.h"

namespace callgate {

class Retries {
 public:
  /// How many left calls are kept. If there are more, LeftCalls::least_wanted() is forgotten.
  static constexpr size_t kMost = 1024;

  explicit Retries(Core& core) : core_(core), rules_(core), matches_(core, rules_, calls_) {}

  /// The server has been restarted with another configuration, or removed: earlier answers are
  /// outdated.
  void server_changed(const std::string& server);
  /// Applies a new configuration, to calls that are left or made from now on.
  void use(const RetryConfig& config) { rules_.use(config); }

  /// To be used before a call is sent to its child. Returns true if the call is a retry. Then it
  /// waits or has been answered, and must not be sent.
  bool takes(Call& call);

  // For calls whose clients will not get the answer. The caller ends the call afterwards.
  /// The client has cancelled the call. Passes the cancellation to the child, unless the client has
  /// only given up waiting and the call can have a retry.
  void left(Call& call, std::string_view reason_json);
  void client_gone(Call& call);
  /// To be used when the session closes, after its calls have ended.
  void session_closed(SessionNumber session);
  /// The child has not answered in time, and has been told to stop.
  void timed_out(Call& call);
  /// The record's memory of the client with this memory_key() has arrived.
  void recalled(const std::string& memory_key, const std::vector<UnansweredCall>& calls);
  /// The client has been told how the call of an earlier run has ended, or that this is unknown.
  void told(CallId call);

  /// The client has cancelled a request that was just answered.
  void answer_missed(const Session& session, const std::string& id);

  /// To be used at the end of every call. Gives its answer to the retries that wait for it.
  void ended(const Call& call, const Ending& ending);

  // What happens at the child to a call that its client has left.
  void answered(CallNumber number, const Rpc& rpc, const MessagePtr& message);
  /// The child has ended, or its answer can't be read.
  void lost(CallNumber number);
  /// Forwards progress to the calls that wait for the call `number`. Returns false if there are
  /// none that want progress.
  bool progressed(CallNumber number, const Rpc& rpc, Value token);
  /// The session that made the left call; 0 if there is no such call.
  SessionNumber session_of(CallNumber number) {
    const LeftCall* left = calls_.find(core_.id_of(number));
    return left ? left->session : 0;
  }
  void deadline_passed(CallId id);

 private:
  void note_told(CallId call);
  LeftCall& entry_of(const Call& call);
  void make_room();
  void leave(Call& call, bool goes_on, std::string_view reason_json);
  void let_run(LeftCall& left, Child& child);
  void stop(LeftCall& left, Child& child, std::string_view reason_json);
  void stop_waiting(Call& call, bool timeout, std::string_view reason_json);
  void set_due(LeftCall& left, Nanos due);
  void has_answer(LeftCall& left, const MessagePtr& message);
  void make_after_all(const std::vector<CallNumber>& retries);
  void wait_for(Call& call, LeftCall& earlier);
  void no_answer(LeftCall& left);
  /// Ends the calls that wait for `earlier`, each with the function `end`. Returns false if none
  /// waits.
  bool end_waiting(LeftCall& earlier, void (Retries::*end)(Call&, const LeftCall&));
  bool was_missed(Call& call);
  void give_answer(Call& call, const LeftCall& earlier);
  void say_unknown(Call& call, const LeftCall& earlier);
  void say_running(Call& call, const LeftCall& earlier);
  void end_in_words(Call& call, const LeftCall& earlier, const std::string& text);
  std::string record_id(const LeftCall& left) const;
  void forget(LeftCall& left);

  Core& core_;
  RetryRules rules_;
  LeftCalls calls_;
  RetryMatches matches_;
  RecentAnswers recent_;
  ClientPatience patience_;
  std::set<CallId> told_;  // calls of earlier runs
};

}  // namespace callgate
