// How much memory a process holds, as the system tells it.
#pragma once

#include <cstdint>

namespace callgate {

/// Resident bytes; 0: cannot be told.
uint64_t resident_bytes(int64_t pid);
/// Of a child of ours and of all that it has started, also of those whose parents have ended:
/// what the warden above it looks after, without the warden. Pages that several of them share
/// count for each.
uint64_t resident_bytes_of_server(int64_t pid);

}  // namespace callgate
