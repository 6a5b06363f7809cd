// Reports a failed start to the client over MCP.
#pragma once

#include "callgate/base/result.h"

namespace callgate {

/// Answers the client's first request on stdin with the error, so that the client shows the reason
/// instead of a closed pipe. Returns after the answer, at the end of the input, or when no request
/// arrives in time.
void refuse_client(const Error& error);

}  // namespace callgate
