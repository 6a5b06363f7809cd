#include "callgate/gate/guard_settings.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "callgate/base/glob.h"
#include "callgate/policy/policy.h"

namespace callgate {

namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

void set(const GuardConfig::Rule& rule, double& soft, double& hard) {
  soft = rule.off ? kNever : rule.soft.value_or(soft);
  hard = rule.off ? kNever : rule.hard.value_or(hard);
  hard = std::max(soft, hard);
}

uint32_t whole(double number) {
  return number >= UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(std::ceil(number));
}

void set(const GuardConfig::Rule& rule, uint32_t& soft, uint32_t& hard) {
  double a = soft, b = hard;
  set(rule, a, b);
  soft = whole(a);
  hard = whole(b);
}

/// Sets the thresholds of a share of calls that bring something new, so a smaller value is worse.
void set_share(const GuardConfig::Rule& rule, double& soft, double& hard) {
  soft = rule.off ? 0 : rule.soft.value_or(soft);
  hard = rule.off ? 0 : rule.hard.value_or(hard);
  hard = std::min(soft, hard);
}

template <class T, class U>
void set_budget(const std::optional<T>& given, U& to, bool off, U never) {
  if (given) to = *given == T{} ? never : U{*given};
  if (off) to = never;
}

void set_budgets(const GuardConfig::Budgets& budgets, bool off, Thresholds& t) {
  set_budget(budgets.calls, t.budget_calls, off, UINT32_MAX);
  set_budget(budgets.time, t.budget_time, off, Nanos::max());
  set_budget(budgets.bytes, t.budget_bytes, off, UINT64_MAX);
  set_budget(budgets.calls_a_day, t.budget_calls_a_day, off, UINT32_MAX);
}

ExemptRules exempt_rules(const std::vector<GuardRule>& rules) {
  ExemptRules set = rules.empty() ? kExemptFromAll : ExemptRules{0};
  for (const GuardRule rule : rules) set = static_cast<ExemptRules>(set | exempt_from(rule));
  return set;
}

std::string canonical_tool(std::string_view server, std::string_view tool) {
  std::string name;
  name.reserve(server.size() + tool.size() + 2);
  return name.append(server).append("__").append(tool);
}

}  // namespace

Thresholds thresholds_of(const GuardConfig& config) {
  Thresholds t;
  const auto& rules = config.rules;
  set(rules[0], t.repeat_soft, t.repeat_hard);
  set(rules[1], t.cycle_soft, t.cycle_hard);
  // The rule for guesses has a fast and a slow sum. Only the limit of the fast sum is configured;
  // the limit of the slow sum keeps its ratio to the limit of the fast sum.
  const double slow = t.slow_hard / t.guess_hard;
  set(rules[2], t.guess_soft, t.guess_hard);
  t.slow_hard = t.guess_hard * slow;
  set(rules[3], t.mutated_soft, t.mutated_hard);
  set(rules[4], t.dead_end_sessions, t.dead_end_sessions_hard);
  t.dead_end_sessions_unnamed = std::max(t.dead_end_sessions, t.dead_end_sessions_unnamed);
  set_share(rules[5], t.progress_soft, t.progress_hard);
  set_budgets(config.budgets, rules[6].off, t);
  if (config.dead_end_days) t.dead_end_life = std::chrono::hours(24 * *config.dead_end_days);
  return t;
}

GuardSettings::GuardSettings(const GuardConfig& config, const std::vector<std::string>& servers)
    : thresholds_(thresholds_of(config)),
      ladder_(config.ladder),
      stops_at_known_(config.known == GuardConfig::KnownDeadEnd::Block) {
  for (const GuardConfig::Exemption& each : config.exempt)
    exempt_.push_back({canonical_pattern(each.tool, servers), exempt_rules(each.rules)});
  for (const GuardConfig::ToolEffect& each : config.effects)
    effects_.push_back({canonical_pattern(each.tool, servers), each.reads});
}

std::optional<bool> GuardSettings::reads(std::string_view server, std::string_view tool) const {
  if (effects_.empty()) return std::nullopt;
  const std::string name = canonical_tool(server, tool);
  for (const Reading& each : effects_)
    if (glob_matches(each.glob, name)) return each.reads;
  return std::nullopt;
}

ExemptRules GuardSettings::exempt(std::string_view server, std::string_view tool) const {
  if (exempt_.empty()) return 0;
  const std::string name = canonical_tool(server, tool);
  ExemptRules rules = 0;
  for (const Exemption& each : exempt_)
    if (glob_matches(each.glob, name)) rules = static_cast<ExemptRules>(rules | each.rules);
  return rules;
}

}  // namespace callgate
