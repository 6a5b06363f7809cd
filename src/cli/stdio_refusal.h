// A start that failed, reported to the client in its own protocol.
#pragma once

#include "callgate/base/result.h"

namespace callgate {

/// Answers the client's first request on stdin with the error, so that the client shows the reason
/// instead of a closed pipe. Returns when that is done, the input has ended, or nothing usable came
/// in time.
void refuse_client(const Error& error);

}  // namespace callgate
