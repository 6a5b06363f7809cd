// Compiles the configuration's rules to a policy. The policy itself never accesses the file system,
// so this function resolves all paths in the rules beforehand.
#pragma once

#include "callgate/base/result.h"
#include "callgate/config/config.h"
#include "callgate/policy/profiles.h"

namespace callgate {

/// The policy that applies to all sessions, and for each profile how it narrows this policy.
struct Rules {
  Policy policy;
  Profiles profiles;
};

/// Resolves the folders that rules name and those that the built-in rule protects (state folder,
/// configuration), then compiles the rules. Blocking. Errors: those of Policy::compile.
Result<Rules> compile_rules(const Config& config, const Places& places);

}  // namespace callgate
