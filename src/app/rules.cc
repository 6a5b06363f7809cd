#include "callgate/app/rules.h"

#include <string_view>

#include "callgate/io/paths.h"

namespace callgate {

namespace {

std::string real(const std::string& path, const std::string& home) {
  return resolve_path(path, home).value_or(path);
}

std::string parent_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos || slash == 0 ? "/" : path.substr(0, slash);
}

void resolve_folders(std::vector<RuleSpec>& rules, const std::string& home) {
  for (RuleSpec& rule : rules) {
    for (ArgConstraint& constraint : rule.args) {
      if (constraint.kind != ArgConstraint::Kind::Inside && constraint.kind != ArgConstraint::Kind::Outside)
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
  if (!config.path.empty()) {
    // The folder of the default place is ours alone; another file may lie among the user's own.
    const std::string file = real(config.path, places.home), folder = parent_of(file);
    const std::string_view own = "/.config/callgate";
    const bool ours = folder.size() >= own.size() && folder.substr(folder.size() - own.size()) == own;
    guarded.push_back(ours ? folder : file);
  }
  return Policy::compile(rules, std::move(guarded), places.home);
}

}  // namespace callgate
