// What is done at a time that has passed long ago, because the process could not run.
#pragma once

#include "callgate/base/time.h"

namespace callgate {

/// How much longer to wait when a deadline is noticed `late`: long enough to read first what came
/// in time. Zero when that is as usual, at most 250 ms.
Millis time_to_read(Millis late);

}  // namespace callgate
