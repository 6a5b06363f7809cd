// Idle clients of HTTP+SSE.
#pragma once

#include <vector>

#include "http_connection.h"

namespace bench {

/// Opens `count` initialized sessions, each with an open stream. Returns their descriptors.
std::vector<int> open_streams(const Address& address, size_t count);

}  // namespace bench
