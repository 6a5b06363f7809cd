// Writes a server as an entry of our own configuration.
#pragma once

#include <optional>
#include <string>

#include "callgate/config/config.h"

namespace callgate {

/// Returns the entry with the members that an imported server can have. The others, such as `era`,
/// are left out.
std::string server_json(const ServerConfig& server);
/// Returns why our configuration would not accept the server's entry; nullopt if it would.
std::optional<std::string> why_invalid(const ServerConfig& server);

}  // namespace callgate
