// Finds out what the system knows about a client's process (its program, its user, its parents).
// The process itself is not asked.
#pragma once

#include "callgate/record/events.h"

namespace callgate {

/// Returns what the system reports about a process now. If the process has ended, only the pid is
/// set. On Linux, this takes some dozen small reads of /proc.
ObservedProcess observe(int64_t pid);

}  // namespace callgate
