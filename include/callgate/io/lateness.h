// Deadlines that fire late because the process could not run: it was stopped, or the machine slept
// or was busy.
#pragma once

#include "callgate/base/time.h"

namespace callgate {

/// How much longer to wait when a deadline fires `late` after its time, so that input that came in
/// time is read first. Zero for a usual delay (up to 20 ms); at most 250 ms.
Millis time_to_read(Millis late);

}  // namespace callgate
