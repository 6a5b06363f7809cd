// Reads Gemini CLI's policy files. Each rule in them has a priority. If several rules match a call,
// the rule with the highest priority decides.
#pragma once

#include <vector>

#include "client_rules.h"

namespace callgate {

/// Adds, to `out`, the rules about these servers from the administrator's and the user's policy
/// files.
void read_policy_files(const Machine& machine, const std::vector<ServerNames>& servers,
                       ClientRules& out);

}  // namespace callgate
