// A server as JSON: in our own configuration, and callgate itself in a client's.
#pragma once

#include <string>

#include "callgate/desktop/registration.h"

namespace callgate {

std::string server_json(const ServerConfig& server);
std::string entry_json(const OwnEntry& entry, const ClientFields& fields);

}  // namespace callgate
