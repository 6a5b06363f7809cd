// Asks the guard about a call, once, after the rules have allowed the call.
#include "call.h"
#include "callgate/guard/finding.h"

namespace callgate {

namespace {

// How long a call waits for the guard's memory of the client, which the port reads from the record.
constexpr Nanos kMemory = std::chrono::milliseconds(200);

}  // namespace

void Calls::ask_guard(Call& call) {
  if (!core_.guard->knows(call.session)) {
    call.awaits_memory = true;
    return wake_in(call, kMemory);
  }
  call.guarded = true;
  call.effect = core_.guard->effect(call);
  GuardDecision decision = core_.guard->before(call);
  switch (decision.step) {
    case Step::Observe:
      break;
    case Step::Advise:
      call.advice_rule = decision.rule;
      call.advice = std::move(decision.text);
      break;
    case Step::Delay:
      return wake_in(call, decision.delay);
    case Step::Ask:
    case Step::Block:
    case Step::Pause:
      return stop_by_guard(call, std::move(decision));
  }
  enter(call, CallState::Recording);
}

void Calls::stop_by_guard(Call& call, GuardDecision decision) {
  const bool asks = decision.step == Step::Ask;
  call.decision = {.verdict = asks ? Verdict::Ask : Verdict::Deny,
                   .rule = stopped_by(decision.rule),
                   .because = std::move(decision.because)};
  call.refusal = std::move(decision.text);
  call.guard_result = std::move(decision.guard_result);
  enter(call, asks ? CallState::Asking : CallState::Recording);
}

// The guard's memory has arrived or takes too long, or the guard's delay is over. Meanwhile the
// rules may have changed or the client may have been paused, so the rules decide again.
void Calls::guard_waited(Call& call) {
  if (std::exchange(call.awaits_memory, false)) core_.guard->go_on_without(call.session);
  enter(call, CallState::Resolving);
}

void Calls::guard_knows(SessionNumber session) {
  std::set<CallNumber> ready;
  for (const auto& [number, call] : calls_)
    if (call->session == session && call->awaits_memory) ready.insert(number);
  for (const CallNumber number : ready) {
    Call* call = find(number);
    if (!call || !call->awaits_memory) continue;
    wake_never(*call);
    guard_waited(*call);
  }
}

}  // namespace callgate
