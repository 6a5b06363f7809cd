#include "guard_adapter.h"

#include <algorithm>

#include "call.h"
#include "callgate/guard/effect.h"
#include "callgate/guard/finding.h"
#include "gate/child/child.h"
#include "gate/session/session.h"

namespace callgate {

namespace {

constexpr std::string_view kRead = "resources/read";

std::vector<std::string> server_names(const ServerRegistry& registry) {
  std::vector<std::string> names;
  for (const ServerIndex server : registry.order(kOwnWorkspace))
    names.push_back(registry[server].name);
  return names;
}

/// True if the agent need not get the advice again. A finding of the rules Idle and Budget concerns
/// every later call of the session (`calls` counts these calls), so only the calls number 1, 2, 4,
/// 8 … get the advice.
bool repeats_advice(GuardRule rule, uint32_t calls) {
  const bool concerns_all = rule == GuardRule::Idle || rule == GuardRule::Budget;
  return concerns_all && (calls & (calls - 1)) != 0;
}

/// True for rules that count failures only. A successful call never matches them.
bool about_failures(GuardRule rule) {
  return rule == GuardRule::Guess || rule == GuardRule::Mutated || rule == GuardRule::DeadEnd;
}

}  // namespace

GuardAdapter::GuardAdapter(Core& core)
    : core_(core), settings_(core.options.guard, server_names(core.registry)) {
  guard_.use(settings_.thresholds());
}

void GuardAdapter::use(const GuardConfig& config) {
  settings_ = GuardSettings(config, server_names(core_.registry));
  guard_.use(settings_.thresholds());
}

void GuardAdapter::opened(SessionNumber session, const std::string& agent,
                          const std::string& memory) {
  waiting_[session] = memory;
  if (asked_.insert(memory).second) core_.guard_port.recall(agent, memory);
}

void GuardAdapter::closed(SessionNumber session) {
  guard_.session_gone(session);
  waiting_.erase(session);
  paused_.erase(session);
  std::erase_if(findings_, [&](const auto& each) { return each.second.session == session; });
}

std::vector<SessionNumber> GuardAdapter::recalled(const std::string& key,
                                                  const AgentMemory& memory) {
  asked_.erase(key);
  std::vector<DeadEnd> good;
  std::vector<DeadEndChange> old;
  for (const DeadEnd& dead_end : memory.dead_ends) {
    const auto changed = changed_.find(dead_end.server);
    if (changed == changed_.end() || changed->second < dead_end.last)
      good.push_back(dead_end);
    else
      old.push_back({DeadEndChange::What::Forget, dead_end});
  }
  guard_.load(good);
  guard_.spent(key, core_.now.wall, memory.calls_today);
  append(old);
  std::vector<SessionNumber> ready;
  for (const auto& [session, name] : waiting_)
    if (name == key) ready.push_back(session);
  for (const SessionNumber session : ready) waiting_.erase(session);
  return ready;
}

std::optional<bool> GuardAdapter::reads(const Call& call) const {
  if (!call.child || call.kind != CallKind::Tool) return std::nullopt;
  const std::optional<bool> configured = settings_.reads(call.child->config().name, call.name);
  return configured ? configured : call.hinted_read_only;
}

Effect GuardAdapter::effect(const Call& call) const {
  if (call.guard.effect) return *call.guard.effect;
  if (call.kind == CallKind::Method) return effect_of(call.name, call.args, std::nullopt);
  if (call.kind != CallKind::Tool) return Effect::Read;
  return effect_of(call.name, call.args, reads(call));
}

Effect GuardAdapter::effect(const std::string& server, const std::string& tool, Value args,
                            std::optional<bool> declared) const {
  const std::optional<bool> configured = settings_.reads(server, tool);
  return effect_of(tool, args, configured ? configured : declared);
}

// Describes the call to the guard. Reading a resource counts as a tool "resources/read" with the
// arguments {"uri": …}.
GuardCall GuardAdapter::described(const Call& call) const {
  const bool resource = call.kind == CallKind::Resource;
  const Session* session = core_.session(call.session);
  GuardCall guard_call;
  guard_call.session = call.session;
  if (session) guard_call.agent = session->client.name();
  if (session) guard_call.memory = session->client.memory_key();
  guard_call.server = call.child->config().name;
  guard_call.account = call.child->config().account();
  guard_call.tool = resource ? kRead : std::string_view(call.name);
  guard_call.args = resource ? call.params : call.args;
  guard_call.effect = effect(call);
  guard_call.call = call.number;
  guard_call.at = core_.now;
  guard_call.exempt = settings_.exempt(guard_call.server, guard_call.tool);
  return guard_call;
}

GuardDecision GuardAdapter::before(const Call& call) {
  const GuardCall guard_call = described(call);
  const ActiveFinding active = guard_.before(guard_call);
  if (active.dead_end && guard_call.effect == Effect::Read && settings_.stops_at_known_dead_ends())
    return stop_at(call, guard_call, *active.dead_end);
  if (active.level != Level::None) return decision_on(call, active);
  GuardDecision decision{.rule = GuardRule::DeadEnd};
  if (!active.dead_end || act_on(settings_.ladder(), Level::Soft, 1).step != Step::Advise)
    return decision;
  decision.step = Step::Advise;
  decision.text = advice(*active.dead_end);
  return decision;
}

GuardDecision GuardAdapter::stop_at(const Call& call, const GuardCall& guard_call,
                                    const DeadEnd& dead_end) {
  GuardDecision decision{
      .step = Step::Block,
      .rule = GuardRule::DeadEnd,
      .because = "in an earlier session of this client, the same call found nothing or was denied"};
  for (Finding& finding : guard_.stopped(guard_call).findings) {
    const uint32_t number = remember(finding);
    decision.guard_result.findings.push_back({.number = number,
                                              .at = core_.now.wall,
                                              .call = call.number,
                                              .finding = std::move(finding),
                                              .step = Step::Block});
  }
  const auto found = known(call.session, GuardRule::DeadEnd, Guard::key_of(dead_end));
  decision.text = refusal(dead_end, found == findings_.end() ? 0 : found->first, core_.options.run);
  return decision;
}

GuardDecision GuardAdapter::decision_on(const Call& call, const ActiveFinding& active) {
  const Action action = act_on(settings_.ladder(), active.level, active.calls);
  GuardDecision decision{.step = action.step, .delay = action.delay, .rule = active.rule};
  if (action.step == Step::Observe || action.step == Step::Delay) return decision;
  if (action.step == Step::Advise && repeats_advice(active.rule, active.calls)) {
    decision.step = Step::Observe;
    return decision;
  }
  const auto found = known(call.session, active.rule, active.key);
  // If there are too many findings, the texts of the oldest findings are forgotten, but the guard
  // still counts these findings.
  Finding forgotten;
  forgotten.rule = active.rule;
  forgotten.level = active.level;
  forgotten.summary = "an earlier finding still applies";
  const Finding& finding = found == findings_.end() ? forgotten : found->second;
  decision.because = finding.summary;
  decision.text =
      action.step == Step::Advise
          ? advice(finding, core_.options.run)
          : refusal(finding, found == findings_.end() ? 0 : found->first, core_.options.run);
  if (action.step == Step::Pause) {
    decision.text += " The session is paused until a person runs `callgate clients resume`.";
    pause(call.session, active.rule, active.key, finding.summary);
  }
  return decision;
}

GuardResult GuardAdapter::observe(const Call& call, const GuardAnswer& answer) {
  const GuardCall guard_call = described(call);
  Observation found = guard_.observe(guard_call, answer);
  GuardResult guard_result{
      .facts = answer, .findings = {}, .changes = std::move(found.changes), .advice = {}};
  Level advised = Level::None;
  for (Finding& finding : found.findings) {
    const Step step = act_on_new(finding);
    if (step == Step::Advise && finding.level > advised) {
      advised = finding.level;
      guard_result.advice = advice(finding, core_.options.run);
    }
    guard_result.findings.push_back({.number = last_number_,
                                     .at = core_.now.wall,
                                     .call = call.number,
                                     .finding = for_record(std::move(finding)),
                                     .step = step});
  }
  const bool stale = answer.kind == AnswerKind::Ok && about_failures(call.guard.advice_rule);
  if (guard_result.advice.empty() && !stale) guard_result.advice = call.guard.advice;
  return guard_result;
}

uint32_t GuardAdapter::remember(const Finding& finding) {
  if (findings_.size() >= kFindings) findings_.erase(findings_.begin());
  findings_.emplace(++last_number_, finding);
  return last_number_;
}

// The call that made the finding has been made already, so only two steps are still possible: its
// answer can get advice, and the session can be paused.
Step GuardAdapter::act_on_new(const Finding& finding) {
  remember(finding);
  const Step step = act_on(settings_.ladder(), finding.level, 1).step;
  if (step == Step::Pause) pause(finding.session, finding.rule, finding.key, finding.summary);
  return step == Step::Advise || step == Step::Pause ? step : Step::Observe;
}

void GuardAdapter::record(GuardResult guard_result, bool advised) {
  for (FindingRaised& finding : guard_result.findings) {
    if (!advised && finding.step == Step::Advise) finding.step = Step::Observe;
    core_.record.append(std::move(finding));
  }
  append(guard_result.changes);
}

void GuardAdapter::append(const std::vector<DeadEndChange>& changes) {
  for (const DeadEndChange& change : changes)
    core_.record.append(DeadEndChanged{.at = core_.now.wall, .change = change});
}

GuardAdapter::Findings::const_iterator GuardAdapter::known(SessionNumber session, GuardRule rule,
                                                           uint64_t key) const {
  for (auto at = findings_.end(); at != findings_.begin();) {
    --at;
    const Finding& finding = at->second;
    if (finding.session == session && finding.rule == rule && finding.key == key) return at;
  }
  return findings_.end();
}

void GuardAdapter::pause(SessionNumber session, GuardRule rule, uint64_t key,
                         const std::string& summary) {
  paused_[session].emplace_back(rule, key);
  const std::string because = std::string("by callgate (guard ") + name(rule) + "): " + summary;
  core_.clients.pause(session, core_.now.wall, because);
  core_.guard_port.pause(session, because);
}

// When a pause has ended, the guard forgets the evidence of the findings that caused the pause. If
// the agent continues as before, the guard takes the same steps again.
void GuardAdapter::clients_changed() {
  for (auto at = paused_.begin(); at != paused_.end();) {
    const auto& [number, keys] = *at;
    const Session* session = core_.session(number);
    if (session && core_.clients.decision(number, session->client.name())) {
      ++at;
      continue;
    }
    for (const auto& [rule, key] : keys) guard_.clear(number, rule, key);
    guard_.user_acted(number);
    at = paused_.erase(at);
  }
}

void GuardAdapter::cleared(uint32_t finding) {
  const auto found = findings_.find(finding);
  if (found == findings_.end()) return;
  guard_.clear(found->second.session, found->second.rule, found->second.key);
  findings_.erase(found);
}

void GuardAdapter::approved(uint32_t finding) {
  const auto found = findings_.find(finding);
  if (found == findings_.end()) return;
  guard_.approve(found->second.session, found->second.rule, found->second.key);
  findings_.erase(found);
}

void GuardAdapter::server_changed(const std::string& server) {
  changed_[server] = core_.now.wall;
  append(guard_.server_changed(server));
}

}  // namespace callgate
