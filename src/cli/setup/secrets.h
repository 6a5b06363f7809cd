// The functions that the commands of `callgate secret` have in common.
#pragma once

#include <string>
#include <vector>

#include "callgate/app/secrets.h"
#include "cli/text/common.h"

namespace callgate {

/// Returns all servers of the configuration, including disabled ones. If the file has errors,
/// returns the servers that could be read.
std::vector<ServerConfig> servers_configured(const Places& places);
/// Returns the names of the servers that refer to this secret.
std::vector<std::string> users_of(const std::vector<ServerConfig>& servers,
                                  const std::string& secret);
/// Makes the running gate processes reload the configuration, and restart the servers that refer to
/// `secret`. Changes of a server's command, arguments or environment take effect only for
/// `servers`. Prints errors to stderr and returns how many gate processes failed.
size_t have_gates_reload(const Places& places, const std::string& secret,
                         const std::vector<std::string>& servers = {});

}  // namespace callgate
