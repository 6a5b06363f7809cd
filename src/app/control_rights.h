// Decides which processes may use the control socket to change what a gate runs.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace callgate {

/// Returns "" if the process `peer` may change what the gate runs. Otherwise returns the reason:
/// `peer`, or a process above it, is a client of this gate or was started by a server. Returns "",
/// too, if `peer` is 0 because the system does not report the process.
std::string below_a_client(int64_t peer, const std::function<bool(int64_t pid)>& is_server,
                           const std::function<bool(int64_t pid)>& is_client);

}  // namespace callgate
