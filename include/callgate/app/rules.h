// From the configuration's rules to a policy: what needs the file system is looked up here, once.
#pragma once

#include "callgate/base/result.h"
#include "callgate/config/config.h"
#include "callgate/policy/profiles.h"

namespace callgate {

/// The policy of all sessions, and what each profile narrows it to.
struct Rules {
  Policy policy;
  Profiles profiles;
};

/// Resolves the folders that rules name and those that the built-in rule protects (state folder,
/// configuration), then compiles. Blocking. Errors: Policy::compile's.
Result<Rules> compile_rules(const Config& config, const Places& places);

}  // namespace callgate
