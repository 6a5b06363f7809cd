// Connects the guard with the calls: asks it before a call is made, gives it the answers, and acts
// on its findings. A finding is the guard's conclusion that an agent (a client, under its name) is
// stuck. A dead end is something that an earlier session of the agent did not find or was denied.
// The memory of a client holds its dead ends and how many calls it has made today.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "callgate/gate/guard_settings.h"
#include "callgate/guard/guard.h"
#include "callgate/record/events.h"
#include "core.h"

namespace callgate {

struct Call;

/// What the guard found in a call's answer, or when it stopped the call. The gate records it with
/// the call's end.
struct GuardResult {
  std::optional<AnswerFacts> facts;  // empty if the guard did not observe the call
  std::vector<FindingRaised> findings;
  std::vector<DeadEndChange> changes;
  std::string advice;  // for the agent; may be empty
};

/// The guard's decision on a call that the rules allow.
struct GuardDecision {
  Step step = Step::Observe;
  Nanos delay{};
  GuardRule rule{};
  std::string because;            // for the record
  std::string text;               // for the agent
  GuardResult guard_result = {};  // to be recorded after the call's end
};

class GuardAdapter {
 public:
  /// How many of the latest findings are kept, for later calls that they concern and for people who
  /// clear them.
  static constexpr size_t kFindings = 1024;

  explicit GuardAdapter(Core& core);

  /// Applies a new configuration. The guard keeps its counts and findings.
  void use(const GuardConfig& config);

  /// The name of the session's client has become known. Asks for the memory of the client's earlier
  /// sessions.
  void opened(SessionNumber session, const std::string& agent, const std::string& memory);
  void closed(SessionNumber session);
  /// The memory of a client has arrived. Returns the sessions that waited for it.
  std::vector<SessionNumber> recalled(const std::string& key, const AgentMemory& memory);
  /// True if the memory of the session's client has arrived, so that the session's calls can be
  /// evaluated.
  bool knows(SessionNumber session) const { return !waiting_.contains(session); }
  /// Stops waiting for the memory of the session's client. From now on, the session's calls are
  /// evaluated without this memory.
  void go_on_without(SessionNumber session) { waiting_.erase(session); }

  /// True if the tool is declared to read, false if it is declared to write. The configuration's
  /// declaration counts before the server's. Empty if there is neither.
  std::optional<bool> reads(const Call& call) const;
  Effect effect(const Call& call) const;
  /// The effect of a tool's call. `declared`: whether the server declares that the tool only reads.
  Effect effect(const std::string& server, const std::string& tool, Value args,
                std::optional<bool> declared) const;

  GuardDecision before(const Call& call);
  /// Observes a call that its child has answered, or has not answered in time. Calls are observed
  /// in the order in which they end.
  GuardResult observe(const Call& call, const GuardAnswer& answer);
  /// Appends the findings to the record. To be called after the call's end has been appended.
  /// `advised` is true if the answer contains the advice.
  void record(GuardResult guard_result, bool advised = false);

  /// Forgets the dead end, unless a call has failed there again after `at`.
  void forget_dead_end(uint64_t key, Micros at) { append(guard_.forget_dead_end(key, at)); }
  void cleared(uint32_t finding);
  void approved(uint32_t finding);
  /// The states of clients have changed, so some pauses may have ended.
  void clients_changed();
  void user_acted(SessionNumber session) { guard_.user_acted(session); }
  /// The server was restarted or changed, so it may now have things that calls did not find before.
  void server_changed(const std::string& server);

 private:
  using Findings = std::map<uint32_t, Finding>;  // by number
  using Key = std::pair<GuardRule, uint64_t>;
  GuardCall described(const Call& call) const;
  GuardDecision stop_at(const Call& call, const GuardCall& guard_call, const DeadEnd& dead_end);
  GuardDecision decision_on(const Call& call, const ActiveFinding& active);
  /// Returns the latest finding with this key, or end() if none is kept.
  Findings::const_iterator known(SessionNumber session, GuardRule rule, uint64_t key) const;
  uint32_t remember(const Finding& finding);  // returns the finding's number
  Step act_on_new(const Finding& finding);
  void pause(SessionNumber session, GuardRule rule, uint64_t key, const std::string& summary);
  void append(const std::vector<DeadEndChange>& changes);

  Core& core_;
  Guard guard_;
  GuardSettings settings_;
  uint32_t last_number_ = 0;
  Findings findings_;                             // the latest kFindings
  std::map<SessionNumber, std::string> waiting_;  // the memory keys for which sessions wait
  std::set<std::string> asked_;                   // memory keys whose memory has not arrived yet
  std::map<SessionNumber, std::vector<Key>> paused_;
  std::map<std::string, Micros> changed_;  // when each server was restarted or changed
};

}  // namespace callgate
