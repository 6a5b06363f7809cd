// How much memory a process holds, as the system reports it.
#pragma once

#include <cstdint>

namespace callgate {

/// Returns the resident bytes; 0 if they are not known.
uint64_t resident_bytes(int64_t pid);
/// Returns the resident bytes of a child of ours and of all processes that it has started,
/// including those whose parents have ended: all processes below the child's warden. Pages that
/// several processes share count for each of them.
uint64_t resident_bytes_of_server(int64_t pid);

}  // namespace callgate
