// Servers that are known to keep no state between calls, so that sessions can share a child.
#pragma once

#include "callgate/config/config.h"

namespace callgate {

/// True if the command of `server` starts one of the known stateless servers, in one of the known
/// ways.
bool keeps_no_state(const ServerConfig& server);

}  // namespace callgate
