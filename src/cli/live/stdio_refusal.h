// Reports to the client over MCP that callgate could not start.
#pragma once

#include "callgate/base/result.h"

namespace callgate {

/// Reads the client's first request from stdin and answers the request with the error. So the
/// client can show the reason, and does not only see that the pipe was closed. Returns after this
/// answer, at the end of stdin, or if no request arrives within 10 s.
void refuse_client(const Error& error);

}  // namespace callgate
