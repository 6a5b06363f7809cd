// Reports what the system knows about a client's process. The process does not have to cooperate.
#pragma once

#include "callgate/record/events.h"

namespace callgate {

/// Observes a process as it is now. If it is gone, only the pid is set. Makes some dozen small
/// reads of /proc on Linux.
ObservedProcess observe(int64_t pid);
/// Returns the parent of a process; 0 if it is not known.
int64_t parent_of(int64_t pid);

}  // namespace callgate
