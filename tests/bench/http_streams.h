// Clients of HTTP+SSE that wait for nothing.
#pragma once

#include <vector>

#include "http_connection.h"

namespace bench {

/// That many sessions that have said `initialize`, each with its stream open; the descriptors.
std::vector<int> open_streams(const Address& address, size_t count);

}  // namespace bench
