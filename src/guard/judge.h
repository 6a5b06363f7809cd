// The rules, each over one observed call.
#pragma once

#include "callgate/guard/guard.h"
#include "dead_ends.h"
#include "keys.h"
#include "session.h"

namespace callgate {

/// One observed call on its way through the rules.
struct Seen {
  const GuardCall& call;
  const GuardAnswer& answer;
  GuardSession& session;
  CallKeys keys;
  AnswerKind kind{};
  bool pending = false, transient = false;
  bool new_call = false, new_pair = false;
  uint64_t answered = 0, pair = 0;  ///< the answer, and call and answer
  Observation out;
};

/// How many earlier sessions must have met a dead end for it to count.
uint32_t sessions_needed(const CallKeys& keys, const Thresholds& t);

/// All rules in their order; what they say is in `seen.out`.
void judge(Seen& seen, DeadEnds& dead_ends, AgentDay& day, const Thresholds& t);
/// A call that isn't made because it leads to that dead end.
void judge_stopped(Seen& seen, const DeadEnd& dead_end, const Thresholds& t);

}  // namespace callgate
