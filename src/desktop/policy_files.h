// Gemini CLI's policy files: rules with priorities, of which the first that fits decides.
#pragma once

#include <vector>

#include "client_rules.h"

namespace callgate {

/// Adds what the policies of the administrator and of the user say of these servers.
void read_policy_files(const Machine& machine, const std::vector<ServerNames>& servers,
                       ClientRules& out);

}  // namespace callgate
