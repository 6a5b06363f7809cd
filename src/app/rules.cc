#include "callgate/app/rules.h"

#include "callgate/io/paths.h"

namespace callgate {

namespace {

std::string real(const std::string& path, const std::string& home) {
  return resolve_path(path, home).value_or(path);
}

void resolve_folders(std::vector<RuleSpec>& rules, const std::string& home) {
  for (RuleSpec& rule : rules) {
    for (ArgConstraint& constraint : rule.args) {
      if (constraint.kind != ArgConstraint::Kind::Inside &&
          constraint.kind != ArgConstraint::Kind::Outside)
        continue;
      for (std::string& folder : constraint.texts) folder = real(folder, home);
    }
  }
}

// The policy knows a rule's line, and not of which file.
Result<Policy> compile(PolicyConfig rules, std::vector<std::string> guarded, const Config& config,
                       const std::string& home) {
  for (auto* list : {&rules.deny, &rules.ask, &rules.allow}) resolve_folders(*list, home);
  Result<Policy> policy = Policy::compile(rules, std::move(guarded), home);
  if (!policy && policy.error().message.rfind("line ", 0) == 0)
    policy.error().message.replace(0, 5, config.path + ":");
  return policy;
}

}  // namespace

Result<Rules> compile_rules(const Config& config, const Places& places) {
  std::vector<std::string> guarded = {real(places.state_dir, places.home)};
  // The default folder is ours alone; another file may lie among the user's own.
  if (!places.config_dir.empty()) guarded.push_back(real(places.config_dir, places.home));
  if (!config.path.empty()) guarded.push_back(real(config.path, places.home));
  Result<Policy> policy = compile(config.policy, std::move(guarded), config, places.home);
  if (!policy) return policy.error();
  Rules rules{std::move(*policy), {}};
  for (const ProfileConfig& profile : config.profiles) {
    Result<Policy> own = compile(profile.policy, {}, config, places.home);
    if (!own) return own.error();
    Profile made{std::nullopt, std::move(*own)};
    if (profile.servers) made.servers.emplace(profile.servers->begin(), profile.servers->end());
    rules.profiles.emplace(profile.name, std::move(made));
  }
  return rules;
}

}  // namespace callgate
