#include "callgate/guard/guard.h"

#include <algorithm>
#include <unordered_map>

#include "evaluate.h"

namespace callgate {

namespace {

constexpr size_t kAgents = 256;

std::string day_name(std::string_view memory) {
  return std::string(budget_key(memory).substr(0, kAgentName));
}

std::string day_name(const GuardCall& call) {
  return day_name(call.memory.empty() ? call.agent : call.memory);
}

bool any_alive(std::span<const FindingState> all) {
  return std::any_of(all.begin(), all.end(), [](const FindingState& state) { return state.alive; });
}

/// True for rules whose findings concern every call of the session.
bool concerns_all(GuardRule rule) { return rule == GuardRule::Idle || rule == GuardRule::Budget; }

bool any_by_call(std::span<const FindingState> all) {
  return std::any_of(all.begin(), all.end(), [](const FindingState& state) {
    return state.alive && !concerns_all(state.rule);
  });
}

/// True if a budget is still spent. The budget of the day is spent until the next day, and the
/// other budgets until the session makes a pause. Refused calls are not observed, so no observed
/// call can end this finding. Therefore the guard checks the finding before each call.
bool still_spent(const FindingState& state, const GuardSession& s, const AgentDay* day,
                 const GuardCall& call, const Thresholds& t) {
  if (state.key == static_cast<uint64_t>(Budgets::What::Day))
    return day != nullptr && day->is(call.at.wall);
  return call.at.monotonic - s.budgets.last() < t.pause;
}

/// True if the call repeats one of the calls that made the finding, or continues their series.
bool concerns(const FindingState& state, GuardSession& s, const DeadEnds& dead_ends,
              const GuardCall& call, const CallKeys& keys) {
  const bool is_new = s.repeats.find(keys.call) == nullptr;
  switch (state.rule) {
    case GuardRule::Repeat:
      return state.key == keys.call;
    case GuardRule::Cycle:
      return s.cycles.concerns(keys.call);
    case GuardRule::Guess:
      return state.key == keys.tool && is_new;
    case GuardRule::Mutated:
      return state.key == keys.kind && is_new;
    case GuardRule::DeadEnd:
      return state.key == DeadEnds::key_of(call, keys) && dead_ends.remembers(call, keys);
    case GuardRule::Idle:
    case GuardRule::Budget:
      return concerns_all(state.rule);
  }
  return false;
}

}  // namespace

struct Guard::Impl {
  Thresholds t;
  std::unordered_map<uint32_t, std::unique_ptr<GuardSession>> sessions;
  std::unordered_map<std::string, AgentDay> days;
  DeadEnds dead_ends;

  GuardSession& session(uint32_t number, Nanos at);
  AgentDay& day_of(const std::string& name);
  const DeadEnd* dead_end_of(const GuardCall& call, const CallKeys& keys);
  GuardSession* forget(uint32_t session, GuardRule rule, uint64_t key);
};

GuardSession& Guard::Impl::session(uint32_t number, Nanos at) {
  auto found = sessions.find(number);
  if (found == sessions.end()) {
    if (sessions.size() >= kSessions) {
      const auto older = [](const auto& a, const auto& b) {
        return a.second->last < b.second->last;
      };
      sessions.erase(std::min_element(sessions.begin(), sessions.end(), older));
    }
    found = sessions.emplace(number, std::make_unique<GuardSession>()).first;
  }
  found->second->last = at;
  return *found->second;
}

AgentDay& Guard::Impl::day_of(const std::string& name) {
  if (days.size() >= kAgents && days.find(name) == days.end()) {
    const auto older = [](const auto& a, const auto& b) { return a.second.day < b.second.day; };
    days.erase(std::min_element(days.begin(), days.end(), older));
  }
  return days[name];
}

const DeadEnd* Guard::Impl::dead_end_of(const GuardCall& call, const CallKeys& keys) {
  if (dead_ends.size() == 0 || call.effect == Effect::Write ||
      (call.exempt & exempt_from(GuardRule::DeadEnd)) != 0)
    return nullptr;
  return dead_ends.known(call, keys, sessions_needed(keys, t));
}

/// Returns nullptr if the session no longer exists.
GuardSession* Guard::Impl::forget(uint32_t session, GuardRule rule, uint64_t key) {
  const auto found = sessions.find(session);
  if (found == sessions.end()) return nullptr;
  found->second->forget(rule, key);
  if (rule == GuardRule::Budget && key == static_cast<uint64_t>(Budgets::What::Day))
    days.erase(found->second->day);
  return found->second.get();
}

Guard::Guard(Thresholds thresholds) : impl_(std::make_unique<Impl>()) { impl_->t = thresholds; }
Guard::~Guard() = default;

void Guard::use(const Thresholds& thresholds) { impl_->t = thresholds; }

void Guard::load(const std::vector<DeadEnd>& dead_ends) {
  for (const DeadEnd& dead_end : dead_ends) impl_->dead_ends.load(dead_end);
}

void Guard::spent(std::string_view memory, Micros now, uint64_t calls) {
  if (calls > 0) impl_->day_of(day_name(memory)).at_least(now, calls);
}

ActiveFinding Guard::before(const GuardCall& call) {
  ActiveFinding active;
  const auto found = impl_->sessions.find(call.session);
  const bool any = found != impl_->sessions.end() && any_alive(found->second->finding_states());
  if (!any && impl_->dead_ends.size() == 0) return active;
  const bool by_call = any && any_by_call(found->second->finding_states());
  CallKeys keys;
  if (by_call || impl_->dead_ends.size() > 0) keys = keys_of(call);
  active.dead_end = impl_->dead_end_of(call, keys);
  if (!any) return active;
  GuardSession& s = *found->second;
  const auto day = impl_->days.find(day_name(call));
  const AgentDay* today = day == impl_->days.end() ? nullptr : &day->second;
  FindingState* strongest = nullptr;
  for (FindingState& state : s.finding_states()) {
    if (!state.alive || (call.exempt & exempt_from(state.rule)) != 0 ||
        (strongest != nullptr && state.level <= strongest->level) ||
        !concerns(state, s, impl_->dead_ends, call, keys) ||
        (state.rule == GuardRule::Budget && !still_spent(state, s, today, call, impl_->t)))
      continue;
    strongest = &state;
  }
  if (strongest == nullptr) return active;
  ++strongest->calls;
  active.level = strongest->level;
  active.rule = strongest->rule;
  active.key = strongest->key;
  active.calls = strongest->calls;
  return active;
}

Observation Guard::stopped(const GuardCall& call) {
  CallObservation observed{
      call, {}, impl_->session(call.session, call.at.monotonic), keys_of(call)};
  const DeadEnd* dead_end = impl_->dead_end_of(call, observed.keys);
  if (dead_end != nullptr) evaluate_stopped(observed, *dead_end, impl_->t);
  return std::move(observed.out);
}

Observation Guard::observe(const GuardCall& call, const GuardAnswer& answer) {
  CallObservation observed{call, answer, impl_->session(call.session, call.at.monotonic),
                           keys_of(call)};
  if (observed.session.day.empty()) observed.session.day = day_name(call);
  evaluate(observed, impl_->dead_ends, impl_->day_of(observed.session.day), impl_->t);
  return std::move(observed.out);
}

void Guard::clear(uint32_t session, GuardRule rule, uint64_t key) {
  impl_->forget(session, rule, key);
}

void Guard::approve(uint32_t session, GuardRule rule, uint64_t key) {
  GuardSession* forgot = impl_->forget(session, rule, key);
  if (forgot == nullptr) return;
  FindingState& state = forgot->state(rule, key);
  state.factor = std::min(state.factor * 2, 1024.0F);
}

void Guard::user_acted(uint32_t session) {
  const auto found = impl_->sessions.find(session);
  if (found == impl_->sessions.end()) return;
  found->second->budgets.reset();
  // Refused calls are not observed, so only this loop can end the findings about the session's
  // budgets.
  for (FindingState& state : found->second->finding_states())
    if (state.rule == GuardRule::Budget && state.key != static_cast<uint64_t>(Budgets::What::Day))
      state.alive = false;
}

void Guard::session_gone(uint32_t session) { impl_->sessions.erase(session); }

std::vector<DeadEndChange> Guard::server_changed(std::string_view server) {
  return impl_->dead_ends.server_changed(server);
}

std::vector<DeadEndChange> Guard::forget_dead_end(uint64_t key, Micros at) {
  return impl_->dead_ends.forget(key, at);
}

uint64_t Guard::key_of(const DeadEnd& dead_end) { return DeadEnds::key_of(dead_end); }

size_t Guard::sessions() const { return impl_->sessions.size(); }
size_t Guard::dead_ends() const { return impl_->dead_ends.size(); }

}  // namespace callgate
