// Finds out how much memory a process holds.
#pragma once

#include <cstdint>

namespace callgate {

/// Returns the resident bytes of the child `pid` and of all processes that it has started. Those
/// whose parents have ended are included, because all of them are below the child's warden. A page
/// that several processes share is counted for each of them.
uint64_t resident_bytes_of_server(int64_t pid);

}  // namespace callgate
