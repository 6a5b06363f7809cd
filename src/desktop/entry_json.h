// Writes entries as JSON: a server for our own configuration, and callgate itself for a client's
// file.
#pragma once

#include <string>

#include "callgate/desktop/registration.h"

namespace callgate {

std::string server_json(const ServerConfig& server);
/// Returns callgate's own entry for a client's file of this format.
std::string entry_json(const OwnEntry& entry, const ClientApp& client, ConfigFormat format);

}  // namespace callgate
