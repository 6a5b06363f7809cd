// Which variables of an environment a server plausibly reads, though its entry does not say so.
#pragma once

#include <string>
#include <vector>

#include "callgate/config/config.h"

namespace callgate {

/// Those of `set` (names) that the server's command or arguments speak of and that it does not get
/// by `env` or `env_pass`; sorted. A guess from names, for a person to look at: GH_TOKEN for
/// server-github, AWS_PROFILE for awslabs.s3, X for `docker run -e X`.
std::vector<std::string> variables_missed(const ServerConfig& server,
                                          const std::vector<std::string>& set);

}  // namespace callgate
