#include "rule_notes.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "callgate/base/glob.h"
#include "callgate/base/text.h"
#include "callgate/policy/policy.h"

namespace callgate {

namespace {

/// Returns the tools that match the rule's pattern and have arguments, but no argument with the
/// name `argument`.
std::vector<std::string> tools_without(const RuleSpec& rule, const std::string& argument,
                                       const std::vector<std::string>& servers,
                                       const std::vector<KeptTools>& kept) {
  const std::string pattern = canonical_pattern(rule.pattern, servers);
  std::vector<std::string> tools;
  for (const KeptTools& server : kept) {
    if (!contains(servers, server.server)) continue;
    for (const KeptTool& tool : server.list) {
      std::string name = server.server + "__" + tool.name;
      if (tool.arguments.empty() || contains(tool.arguments, argument)) continue;
      if (glob_matches(pattern, name)) tools.push_back(std::move(name));
    }
  }
  return tools;
}

/// Adds notes about rules that check paths in one argument, but also match tools without this
/// argument.
void note_arguments(const PolicyConfig& policy, const std::string& of,
                    const std::vector<KeptTools>& kept, std::vector<RuleNote>& notes) {
  using Kind = ArgConstraint::Kind;
  constexpr size_t kNamed = 3;
  for (const auto* rules : {&policy.deny, &policy.ask}) {
    for (const RuleSpec& rule : *rules) {
      if (rule.subject != RuleSpec::Subject::Tool) continue;
      for (const ArgConstraint& arg : rule.args) {
        const bool about_paths = arg.kind == Kind::Inside || arg.kind == Kind::Outside;
        if (!about_paths || arg.key == "*" || arg.key.rfind('/', 0) == 0) continue;
        std::vector<std::string> tools = tools_without(rule, arg.key, policy.servers, kept);
        if (tools.empty()) continue;
        const size_t more = tools.size() > kNamed ? tools.size() - kNamed : 0;
        tools.resize(tools.size() - more);
        notes.push_back(
            {of + rule.written, rule.line,
             fmt::format("rule {}{} does not check {}{}, which have no argument '{}'; to check "
                         "every path in the arguments, write \"*\" instead of \"{}\"",
                         of, rule.written, joined(tools),
                         more > 0 ? fmt::format(" and {} more", more) : "", arg.key, arg.key)});
      }
    }
  }
}

}  // namespace

std::vector<RuleNote> notes_on_arguments(const Config& config, const std::vector<KeptTools>& kept) {
  std::vector<RuleNote> notes;
  note_arguments(config.policy, "", kept, notes);
  for (const ProfileConfig& profile : config.profiles)
    note_arguments(profile.policy, fmt::format("profile {}: ", profile.name), kept, notes);
  return notes;
}

}  // namespace callgate
