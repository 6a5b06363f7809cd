// Guesses which environment variables a server reads although its entry does not name them.
#pragma once

#include <string>
#include <vector>

#include "callgate/config/config.h"

namespace callgate {

/// Returns the names in `set`, sorted, that fit the server's command or arguments and that the
/// server does not get by `env` or `env_pass`. This is a guess by similar names, so the user should
/// check it: GH_TOKEN for server-github, AWS_PROFILE for awslabs.s3, X for `docker run -e X`.
std::vector<std::string> variables_missed(const ServerConfig& server,
                                          const std::vector<std::string>& set);

}  // namespace callgate
