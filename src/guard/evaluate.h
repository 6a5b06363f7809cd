// Evaluates the guard's rules for one observed call.
#pragma once

#include "callgate/guard/guard.h"
#include "guard/rules/dead_ends.h"
#include "guard/rules/keys.h"
#include "session.h"

namespace callgate {

/// One observed call and the rules' results for it.
struct CallObservation {
  const GuardCall& call;
  const GuardAnswer& answer;
  GuardSession& session;
  CallKeys keys;
  AnswerKind kind{};
  bool pending = false, transient = false;
  bool new_call = false, new_pair = false;
  uint64_t answered = 0, pair = 0;  ///< keys of the answer, and of call and answer together
  Observation out;
};

/// Returns how many earlier sessions must have run into a dead end before it makes a finding.
uint32_t sessions_needed(const CallKeys& keys, const Thresholds& t);

/// Evaluates all rules in their order, and adds findings and changes of dead ends to
/// `observed.out`.
void evaluate(CallObservation& observed, DeadEnds& dead_ends, AgentDay& day, const Thresholds& t);
/// Evaluates a call that the gate refuses because it leads to that dead end.
void evaluate_stopped(CallObservation& observed, const DeadEnd& dead_end, const Thresholds& t);

}  // namespace callgate
