// Who may change, by the control socket, what a gate runs.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace callgate {

/// Why the process `peer` may change nothing: it, or a process above it, is a client of this gate or
/// was started by a server. Empty: it may. 0, where the system does not say who asks: it may.
std::string below_a_client(int64_t peer, const std::function<bool(int64_t pid)>& is_server,
                           const std::function<bool(int64_t pid)>& is_client);

}  // namespace callgate
