// What to do about a deadline that fires late because the process could not run: the process was
// stopped, or the machine slept or was busy.
#pragma once

#include "callgate/base/time.h"

namespace callgate {

/// Returns how much longer to wait if a deadline fires with the delay `late`. Meanwhile the loop
/// reads input that arrived before the deadline. Returns zero if `late` is a usual delay (up to 20
/// ms), and at most 250 ms.
Millis time_to_read(Millis late);

}  // namespace callgate
