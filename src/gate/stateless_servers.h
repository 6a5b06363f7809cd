// Servers that are known to keep no state between calls, so that sessions can share a child.
#pragma once

#include "callgate/config/config.h"

namespace callgate {

/// True if the command starts such a server in a way that is known here.
bool keeps_no_state(const ServerConfig& server);

}  // namespace callgate
