// Finds out what the system knows about a client's process (its program, its user, its parents).
// The process itself is not asked.
#pragma once

#include "callgate/record/events.h"

namespace callgate {

/// Returns what the system reports about a process now. If the process has ended, only the pid is
/// set. On Linux, this takes some dozen small reads of /proc.
ObservedProcess observe(int64_t pid);
/// Returns the pid of a process's parent; 0 if the system does not report it.
int64_t parent_of(int64_t pid);

}  // namespace callgate
