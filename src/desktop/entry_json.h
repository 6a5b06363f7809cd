// A server as JSON: in our own configuration, and callgate itself in a client's.
#pragma once

#include <string>

#include "callgate/desktop/registration.h"

namespace callgate {

std::string server_json(const ServerConfig& server);
/// Our own entry in a client's file of this format.
std::string entry_json(const OwnEntry& entry, const ClientApp& client, ConfigFormat format);

}  // namespace callgate
