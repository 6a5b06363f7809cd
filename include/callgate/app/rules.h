// From the configuration's rules to a policy: what needs the file system is looked up here, once.
#pragma once

#include "callgate/base/result.h"
#include "callgate/config/config.h"
#include "callgate/policy/policy.h"

namespace callgate {

/// Resolves the folders that rules name and those that the built-in rule protects (state folder,
/// configuration), then compiles. Blocking. Errors: Policy::compile's.
Result<Policy> compile_rules(const Config& config, const Places& places);

}  // namespace callgate
