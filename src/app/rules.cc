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

}  // namespace

Result<Policy> compile_rules(const Config& config, const Places& places) {
  PolicyConfig rules = config.policy;
  for (auto* list : {&rules.deny, &rules.ask, &rules.allow}) resolve_folders(*list, places.home);
  std::vector<std::string> guarded = {real(places.state_dir, places.home)};
  // The default folder is ours alone; another file may lie among the user's own.
  if (!places.config_dir.empty()) guarded.push_back(real(places.config_dir, places.home));
  if (!config.path.empty()) guarded.push_back(real(config.path, places.home));
  Result<Policy> policy = Policy::compile(rules, std::move(guarded), places.home);
  // The policy knows a rule's line, and not of which file.
  if (!policy && policy.error().message.rfind("line ", 0) == 0)
    policy.error().message.replace(0, 5, config.path + ":");
  return policy;
}

}  // namespace callgate
