// What the system tells of a client's process: nobody has to cooperate.
#pragma once

#include "callgate/record/events.h"

namespace callgate {

/// As it is now; a pid that is gone gives the pid alone. Some dozen small reads of /proc on Linux.
ObservedProcess observe(int64_t pid);
/// The process above; 0: it could not be told.
int64_t parent_of(int64_t pid);

}  // namespace callgate
