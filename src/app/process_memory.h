// How much memory a process holds, as the system tells it.
#pragma once

#include <cstdint>

namespace callgate {

/// Resident bytes; 0: cannot be told.
uint64_t resident_bytes(int64_t pid);

}  // namespace callgate
