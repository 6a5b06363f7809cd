// Decides who may change, over the control socket, what a gate runs.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace callgate {

/// Returns the reason why the process `peer` may change nothing: it, or a process above it, is a
/// client of this gate or was started by a server. Returns "" if it may, and also if `peer` is 0
/// because the system does not report who asks.
std::string below_a_client(int64_t peer, const std::function<bool(int64_t pid)>& is_server,
                           const std::function<bool(int64_t pid)>& is_client);

}  // namespace callgate
