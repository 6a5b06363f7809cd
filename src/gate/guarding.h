// The guard among the calls: what it says before a call is made, what it sees in the answer, and
// what becomes of its findings.
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

/// What a call's answer showed, or that it was stopped: recorded with its end.
struct Noticed {
  std::optional<AnswerFacts> facts;  // empty: it wasn't observed
  std::vector<FindingRaised> findings;
  std::vector<DeadEndChange> changes;
  std::string advice;  // for the agent; empty: none
};

class Guarding {
 public:
  static constexpr size_t kFindings = 1024;  // remembered for who clears or meets them

  explicit Guarding(Core& core);

  /// The configuration is another. What was counted stays.
  void use(const GuardConfig& config);

  /// That session's client is known by name: what its earlier sessions left is asked for.
  void opened(SessionNumber session, const std::string& agent, const std::string& memory);
  void closed(SessionNumber session);
  void recalled(const std::string& key, const AgentMemory& memory);
  /// Its calls may be judged: what was asked for has come.
  bool knows(SessionNumber session) const { return !waiting_.contains(session); }
  /// It takes too long: judged by what is known.
  void go_on_without(SessionNumber session) { waiting_.erase(session); }

  /// Whether the call reads (else writes), by the configuration or the server's own word; empty:
  /// neither says.
  std::optional<bool> reads(const Call& call) const;
  Effect effect(const Call& call) const;

  /// What follows for a call that the rules allow.
  struct Ruling {
    Step step = Step::Observe;
    Nanos delay{};
    GuardRule rule{};
    std::string because;   // in the record
    std::string text;      // for the agent
    Noticed noticed = {};  // to be recorded behind the call's end
  };
  Ruling before(const Call& call);
  /// A call that its child has answered, or left unanswered for too long. In the order of ends.
  Noticed observe(const Call& call, const GuardAnswer& answer);
  /// To be called when the call's end has been appended. `advised`: its answer has the advice.
  void record(Noticed noticed, bool advised = false);

  /// That dead end is none any more: what was met of it at `at` or before.
  void forget_dead_end(uint64_t key, Micros at) { append(guard_.forget_dead_end(key, at)); }
  void cleared(uint32_t finding);
  void approved(uint32_t finding);
  /// Pauses may have been lifted.
  void clients_changed();
  void user_acted(SessionNumber session) { guard_.user_acted(session); }
  /// It runs anew, or is another one: what it had not, it may have.
  void server_changed(const std::string& server);

 private:
  using Findings = std::map<uint32_t, Finding>;  // by number
  using Key = std::pair<GuardRule, uint64_t>;
  GuardCall seen_as(const Call& call) const;
  Ruling stop_at(const Call& call, const GuardCall& seen, const DeadEnd& dead_end);
  Ruling ruling_on(const Call& call, const Standing& standing);
  /// The latest of that key; end(): none is remembered.
  Findings::const_iterator known(SessionNumber session, GuardRule rule, uint64_t key) const;
  uint32_t remember(const Finding& finding);  // returns its number
  Step raise(const Finding& finding);
  void pause(SessionNumber session, GuardRule rule, uint64_t key, const std::string& summary);
  void append(const std::vector<DeadEndChange>& changes);

  Core& core_;
  Guard guard_;
  GuardSettings settings_;
  uint32_t last_number_ = 0;
  Findings findings_;                             // the latest
  std::map<SessionNumber, std::string> waiting_;  // and their agents
  std::set<std::string> asked_;                   // agents whose memory is on its way
  std::map<SessionNumber, std::vector<Key>> paused_;
  std::map<std::string, Micros> changed_;  // servers, when
};

}  // namespace callgate
