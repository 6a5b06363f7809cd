// Reads Gemini CLI's policy files. Their rules have priorities, and the first rule that fits
// decides.
#pragma once

#include <vector>

#include "client_rules.h"

namespace callgate {

/// Adds the rules about these servers in the administrator's and the user's policies.
void read_policy_files(const Machine& machine, const std::vector<ServerNames>& servers,
                       ClientRules& out);

}  // namespace callgate
