// Which proxy a request uses.
#pragma once

#include <string>

#include "callgate/remote/http_loop.h"
#include "url.h"

namespace callgate {

/// Returns the URL of the proxy for this URL; empty if the host is reached directly.
std::string proxy_for(const WebNetwork& network, const WebUrl& url);

}  // namespace callgate
