// Servers that are known to keep nothing between two calls, so sessions can share a child of them.
#pragma once

#include "callgate/config/config.h"

namespace callgate {

/// True if the command starts one of them. An unknown way to start one counts as unknown.
bool keeps_no_state(const ServerConfig& server);

}  // namespace callgate
