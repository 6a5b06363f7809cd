// Guesses which environment variables a server reads, although the server's entry does not name
// them.
#pragma once

#include <string>
#include <vector>

#include "callgate/config/config.h"

namespace callgate {

/// Returns, sorted, the names in `set` that are similar to words in the server's command or
/// arguments. Leaves out the variables that the server gets by `env` or `env_pass`. The result is a
/// guess, so the user should check it. Examples: GH_TOKEN for server-github, AWS_PROFILE for
/// awslabs.s3, X for `docker run -e X`.
std::vector<std::string> variables_missed(const ServerConfig& server,
                                          const std::vector<std::string>& set);

}  // namespace callgate
