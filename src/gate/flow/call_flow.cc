// The states of a call, and the decisions of the rules and of the guard on it.
#include "call_flow.h"

#include "call_endings.h"
#include "call_forwarding.h"
#include "callgate/base/check.h"
#include "callgate/guard/effect.h"
#include "callgate/guard/finding.h"
#include "gate/call/call_kinds.h"
#include "rounds.h"
#include "subscription_calls.h"

namespace callgate {

namespace {

// How long a call waits for the guard's memory of the client, which the port reads from the record.
// A call that may write waits longer, because the memory shows whether it is a retry.
constexpr Nanos kMemory = std::chrono::milliseconds(200), kMemoryToWrite = std::chrono::seconds(2);

}  // namespace

void CallFlow::enter(Call& call, CallState state, CallDeadline why, Nanos time) {
  ENSURE(!call.is<Done>());
  clear_deadline(call);
  call.state = std::move(state);
  if (why != CallDeadline::None) set_deadline(call, why, time);
}

void CallFlow::set_deadline(Call& call, CallDeadline why, Nanos time) {
  clear_deadline(call);
  call.deadline = why;
  call.due = core_.now.monotonic + time;
  core_.deadlines.add({.at = call.due, .kind = Deadline::Kind::Call, .owner = call.number});
}

void CallFlow::clear_deadline(Call& call) {
  if (call.deadline == CallDeadline::None) return;
  core_.deadlines.remove({.at = call.due, .kind = Deadline::Kind::Call, .owner = call.number});
  call.deadline = CallDeadline::None;
}

void CallFlow::leave(Call& call) { enter(call, Done{}); }

void CallFlow::deadline_passed(CallNumber number) {
  Call* call = core_.calls->find(number);
  if (!call) return;
  switch (std::exchange(call->deadline, CallDeadline::None)) {
    case CallDeadline::None:
      return;
    case CallDeadline::UnknownName:
      return route(*call, true);
    case CallDeadline::Memory:
      core_.guard->go_on_without(call->session);
      return resolve(*call);
    case CallDeadline::Delay:
      return resolve(*call);
    case CallDeadline::Roots:
      return core_.forwarding->send_if_ready(*call);
    case CallDeadline::Questions:
      return core_.rounds->put_requests(*call);
    case CallDeadline::Pause:
      return core_.rounds->next_round(*call);
    case CallDeadline::NextRound:
    case CallDeadline::Task:
      return core_.rounds->give_up(*call);
  }
}

Facts CallFlow::facts_of(const Call& call) const {
  const Session* session = core_.session(call.session);
  const bool acts = call.kind == CallKind::Tool || call.kind == CallKind::Method;
  return {.subject = call.subject,
          .server = call.child->config().name,
          .name = call.name,
          .filled = call.filled,
          .args = call.args,
          .client = session ? std::string_view(session->client.name()) : std::string_view(),
          .account = call.child->config().account(),
          .folders = call.child->folders(),
          .roots = session ? std::string_view(session->client.roots()) : std::string_view(),
          .may_write = acts && may_write(core_.guard->effect(call))};
}

// Also called again after a call has waited for the guard: meanwhile the rules may have changed or
// the client may have been paused.
void CallFlow::resolve(Call& call) {
  enter(call, ResolvingPaths{});
  call.rules = core_.rules;
  if (std::optional<Decision> decision = decision_before_rules(call))
    return decided(call, *std::move(decision));
  const Rights& rights = core_.session(call.session)->rights();
  const Facts facts = facts_of(call);
  CallPaths& paths = call.in<ResolvingPaths>()->paths;
  if (std::optional<Decision> decision = rights.try_decide(facts, paths))
    return decided(call, *std::move(decision));
  ask_paths(call);
}

void CallFlow::ask_paths(Call& call) {
  if (!path_queues_.enter(call.number, call.session)) return;
  core_.paths.resolve(call.number, call.child->config(), call.in<ResolvingPaths>()->paths.needs());
}

void CallFlow::paths_resolved(CallNumber number, RealPaths real) {
  const std::optional<SessionNumber> session = path_queues_.answered(number);
  continue_with(number, std::move(real));
  if (!session) return;
  while (const auto next = path_queues_.next(*session)) {
    Call* waiting = core_.calls->find(*next);
    if (waiting && waiting->is<ResolvingPaths>()) ask_paths(*waiting);
  }
}

void CallFlow::continue_with(CallNumber number, RealPaths real) {
  Call* call = core_.calls->find(number);
  if (!call || !call->is<ResolvingPaths>()) return;
  // The rules have been replaced while the paths were resolved, and may need other paths.
  if (call->rules != core_.rules) return resolve(*call);
  if (std::optional<Decision> decision = decision_before_rules(*call))
    return decided(*call, *std::move(decision));
  CallPaths& paths = call->in<ResolvingPaths>()->paths;
  paths.set_real(std::move(real));
  decided(*call, core_.session(call->session)->rights().decide(facts_of(*call), paths));
}

std::optional<Decision> CallFlow::decision_before_rules(const Call& call) const {
  // A client may always end its subscription.
  if (call.kind == CallKind::Unsubscribe && call.child->subscriptions.has(call.session, call.name))
    return Decision{};
  // A paused client keeps its subscriptions, so that they continue after the pause.
  if (call.origin == Call::Origin::Recheck) return std::nullopt;
  return core_.clients.decision(call.session, core_.session(call.session)->client.name());
}

void CallFlow::decided(Call& call, Decision decision) {
  call.decision = std::move(decision);
  const bool allowed = call.decision.permission == Permission::Allow;
  if (allowed && call.origin == Call::Origin::Recheck)
    return core_.subscription_calls->still_allowed(call);
  if (allowed && !call.guard.asked && is_use(call.kind)) return ask_guard(call);
  if (call.decision.permission == Permission::Ask) return await_approval(call);
  record(call);
}

void CallFlow::await_approval(Call& call) {
  enter(call, AwaitingApproval{});
  // Callgate can't ask a person yet, so the call is refused. Its recorded decision stays "ask".
  record(call);
}

// Asks the guard, once for each call, after the rules have allowed the call.
void CallFlow::ask_guard(Call& call) {
  if (!core_.guard->knows(call.session))
    return enter(call, AwaitingMemory{}, CallDeadline::Memory,
                 may_write(core_.guard->effect(call)) ? kMemoryToWrite : kMemory);
  call.guard.asked = true;
  call.guard.effect = core_.guard->effect(call);
  GuardDecision decision = core_.guard->before(call);
  switch (decision.step) {
    case Step::Observe:
      break;
    case Step::Advise:
      call.guard.advice_rule = decision.rule;
      call.guard.advice = std::move(decision.text);
      break;
    case Step::Delay:
      return enter(call, Delayed{}, CallDeadline::Delay, decision.delay);
    case Step::Ask:
    case Step::Block:
    case Step::Pause:
      return stop_by_guard(call, std::move(decision));
  }
  record(call);
}

void CallFlow::stop_by_guard(Call& call, GuardDecision decision) {
  const bool asks = decision.step == Step::Ask;
  call.decision = {.permission = asks ? Permission::Ask : Permission::Deny,
                   .rule = stopped_by(decision.rule),
                   .because = std::move(decision.because)};
  call.guard.refusal = std::move(decision.text);
  call.guard.result = std::move(decision.guard_result);
  asks ? await_approval(call) : record(call);
}

void CallFlow::memory_arrived(SessionNumber session) {
  const auto waits = [session](const Call& call) {
    return call.session == session && call.is<AwaitingMemory>();
  };
  for (const CallNumber number : core_.calls->all(waits)) {
    Call* call = core_.calls->find(number);
    if (call && call->is<AwaitingMemory>()) resolve(*call);
  }
}

}  // namespace callgate
