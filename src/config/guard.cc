// Reads the `guard` object: when an agent counts as stuck, and what the gate does then.
#include <fmt/core.h>

#include <algorithm>
#include <limits>

#include "reader.h"

namespace callgate {

namespace {

constexpr size_t kLongestGlob = 1024;
// The largest allowed threshold of a rule that counts something (repeats, failures or sessions, for
// example).
constexpr double kMost = 10'000;
constexpr int kMostDays = 365;

std::vector<Step> read_ladder(Reader& reader, const Place& at) {
  Choices<Step> steps;
  for (const Step step : kSteps) steps.emplace_back(name(step), step);
  std::vector<Step> ladder;
  for (const Place& element : reader.elements(at)) {
    const std::optional<Step> step = reader.choice(element, steps);
    if (!step) continue;
    if (!ladder.empty() && *step <= ladder.back())
      reader.fail(element, "config.value", "comes after a step that is not weaker",
                  "write the steps in the order observe, advise, delay, ask, block, pause");
    ladder.push_back(*step);
  }
  return ladder;
}

bool is_off(Reader& reader, const Place& at) {
  reader.describe(at, R"("const":"off")");
  return at.value.text_is("off");
}

/// Reads the thresholds of one rule. `share` is true only for the rule no-progress, whose
/// thresholds are ratios from 0 to 1: a smaller ratio is worse. For the other rules, a larger value
/// is worse.
GuardConfig::Rule read_guard_rule(Reader& reader, const Place& at, bool share) {
  GuardConfig::Rule rule;
  if (is_off(reader, at)) {
    rule.off = true;
    return rule;
  }
  if (at.value && !at.value.is_object()) {
    reader.fail(at, "config.type", "must be \"off\" or an object",
                share ? R"(write {"soft": 0.3, "hard": 0.15})" : R"(write {"soft": 3, "hard": 5})");
    return rule;
  }
  const auto read = [&](const Place& p) {
    return reader.number(p, share ? 0 : 1, share ? 1 : kMost);
  };
  reader.object(at, {{"soft", [&](const Place& p) { rule.soft = read(p); }},
                     {"hard", [&](const Place& p) { rule.hard = read(p); }}});
  if (rule.soft && rule.hard && (share ? *rule.hard > *rule.soft : *rule.hard < *rule.soft))
    reader.fail(at, "config.value", "reaches its hard threshold before its soft one",
                share ? "let \"hard\" be at most \"soft\"" : "let \"hard\" be at least \"soft\"");
  return rule;
}

template <class T, class Read>
void read_budget(Reader& reader, const Place& at, std::optional<T>& to, Read read) {
  reader.describe(at, R"("enum":["off",null])");
  if (at.value.text_is("off") || at.value.is(NodeKind::Null)) {
    to = T{};
    return;
  }
  to = read(at);
}

GuardConfig::Budgets read_budgets(Reader& reader, const Place& at) {
  GuardConfig::Budgets budgets;
  const auto count = [&](std::optional<uint32_t>& to) {
    return [&reader, &to](const Place& p) {
      read_budget(reader, p, to, [&](const Place& place) -> std::optional<uint32_t> {
        const auto read = reader.count(place, 1, 1'000'000'000);
        if (!read) return std::nullopt;
        return static_cast<uint32_t>(*read);
      });
    };
  };
  const auto duration = [&](const Place& p) {
    read_budget(reader, p, budgets.time, [&](const Place& place) {
      return reader.duration(place, std::chrono::minutes(1), std::chrono::hours(24 * kMostDays));
    });
  };
  const auto size = [&](const Place& p) {
    read_budget(reader, p, budgets.bytes,
                [&](const Place& place) { return reader.bytes(place, 1024, uint64_t{1} << 50); });
  };
  reader.object(at, {{"calls", count(budgets.calls)},
                     {"time", [&](const Place& p) { duration(p); }},
                     {"bytes", [&](const Place& p) { size(p); }},
                     {"calls_a_day", count(budgets.calls_a_day)}});
  return budgets;
}

GuardRule rule_at(size_t index) { return static_cast<GuardRule>(index + 1); }

// A rule's key in the file is its name. Its older id (R1 to R7) is accepted as well.
void read_rules(Reader& reader, const Place& at, GuardConfig& guard) {
  std::vector<Member> members;
  for (size_t i = 0; i < kRules; ++i) {
    const GuardRule rule = rule_at(i);
    const auto read = [&reader, &guard, i, rule](const Place& p) {
      if (rule != GuardRule::Budget) {
        guard.rules[i] = read_guard_rule(reader, p, rule == GuardRule::Idle);
        return;
      }
      guard.rules[i].off = is_off(reader, p);
      if (p.value && !guard.rules[i].off)
        reader.fail(p, "config.value", "can only be \"off\"", R"(set the budgets in "budgets")");
    };
    const auto read_id = [&reader, &at, read, rule](const Place& p) {
      if (at.value && at.value.find(name(rule)))
        reader.fail(p, "config.duplicate_key",
                    fmt::format("is the same rule as \"{}\"", name(rule)),
                    "remove one of the two keys");
      read(p);
    };
    members.push_back({name(rule), read});
    members.push_back({id(rule), read_id, true});
  }
  members.push_back({"budgets", [&](const Place& p) { guard.budgets = read_budgets(reader, p); }});
  reader.object(at, members);
}

std::vector<GuardRule> read_rule_names(Reader& reader, const Place& at) {
  Choices<GuardRule> names;
  for (size_t i = 0; i < kRules; ++i) names.emplace_back(name(rule_at(i)), rule_at(i));
  for (size_t i = 0; i < kRules; ++i) names.emplace_back(id(rule_at(i)), rule_at(i));
  std::vector<GuardRule> rules;
  for (const Place& element : reader.elements(at))
    if (const auto rule = reader.choice(element, names)) rules.push_back(*rule);
  reader.constrain(at, R"("minItems":1)");
  if (at.value.is_array() && at.value.node().next == at.value.index() + 1)
    reader.fail(at, "config.value", "the list of rules is empty",
                "list rules such as \"repeated-call\", or leave \"rules\" out to mean all rules");
  return rules;
}

GuardConfig::Exemption read_exemption(Reader& reader, const Place& at) {
  GuardConfig::Exemption exemption;
  if (at.value.is_string() || reader.describing()) exemption.tool = reader.pattern(at).value_or("");
  if (at.value.is_string()) return exemption;
  if (at.value && !at.value.is_object()) {
    reader.fail(at, "config.type", "must be a name pattern or an object",
                "write a pattern such as \"ci__wait_*\"");
    return exemption;
  }
  reader.constrain(at, R"("required":["tool"])");
  reader.object(at,
                {{"tool", [&](const Place& p) { exemption.tool = reader.pattern(p).value_or(""); }},
                 {"rules", [&](const Place& p) { exemption.rules = read_rule_names(reader, p); }}});
  if (at.value && !at.value.find("tool"))
    reader.fail(at, "config.value", "names no tool", "add \"tool\": \"ci__wait_*\"");
  return exemption;
}

std::vector<GuardConfig::Exemption> read_exemptions(Reader& reader, const Place& at) {
  std::vector<GuardConfig::Exemption> all;
  for (const Place& element : reader.elements(at)) all.push_back(read_exemption(reader, element));
  check_glob_count(reader, at, all.size());
  return all;
}

std::vector<GuardConfig::ToolEffect> read_effects(Reader& reader, const Place& at) {
  const Choices<bool> effects = {{"read", true}, {"write", false}};
  std::vector<GuardConfig::ToolEffect> all;
  for (const Place& member : reader.members(at)) {
    const std::optional<bool> reads = reader.choice(member, effects);
    if (!reads) continue;
    all.push_back({.tool = member.value.key(), .reads = *reads});
    const std::string& glob = all.back().tool;
    if (glob.empty() || glob.size() > kLongestGlob || has_control(glob))
      reader.fail(member, "config.pattern",
                  "a pattern has 1 to 1024 bytes and no control characters",
                  "write a pattern such as \"shell__run\"");
  }
  check_glob_count(reader, at, all.size());
  return all;
}

void read_dead_end_settings(Reader& reader, const Place& at, GuardConfig& guard) {
  using Known = GuardConfig::KnownDeadEnd;
  const Choices<Known> choices = {{"advise", Known::Advise}, {"block", Known::Block}};
  const auto days = [&](const Place& p) {
    if (const auto count = reader.count(p, 1, kMostDays))
      guard.dead_end_days = static_cast<int>(*count);
  };
  reader.object(at, {{"days", [&](const Place& p) { days(p); }},
                     {"known", [&](const Place& p) {
                        guard.known = reader.choice(p, choices).value_or(Known::Advise);
                      }}});
}

}  // namespace

GuardConfig read_guard(Reader& reader, const Place& at) {
  GuardConfig guard;
  reader.object(at,
                {{"ladder", [&](const Place& p) { guard.ladder = read_ladder(reader, p); }},
                 {"rules", [&](const Place& p) { read_rules(reader, p, guard); }},
                 {"exempt", [&](const Place& p) { guard.exempt = read_exemptions(reader, p); }},
                 {"effects", [&](const Place& p) { guard.effects = read_effects(reader, p); }},
                 {"dead_ends", [&](const Place& p) { read_dead_end_settings(reader, p, guard); }}});
  return guard;
}

void check_guard(Reader& reader, const Place& at, const GuardConfig& guard,
                 const std::vector<std::string>& servers) {
  std::vector<std::pair<Place, std::string>> globs;
  const Value exempt = at.value.find("exempt"), effects = at.value.find("effects");
  size_t index = 0;
  if (exempt.is_array())
    for (const Place& element : reader.elements({exempt, at.key + ".exempt"}))
      globs.emplace_back(element, guard.exempt[index++].tool);
  if (effects.is_object())
    for (const Place& member : reader.members({effects, at.key + ".effects"}))
      globs.emplace_back(member, member.value.key());
  check_tool_globs(reader, at.key, globs, servers);
}

}  // namespace callgate
