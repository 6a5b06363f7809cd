// Deadlines that are noticed late, because the process could not run: it was stopped, or the
// machine slept or was busy.
#pragma once

#include "callgate/base/time.h"

namespace callgate {

/// How much longer to wait for a deadline that is noticed `late`, so that what came in time is read
/// first. Zero for a delay as usual; at most 250 ms.
Millis time_to_read(Millis late);

}  // namespace callgate
