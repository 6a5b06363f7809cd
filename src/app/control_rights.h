// Decides which processes may use the sockets of a gate to change what the gate runs, or to get a
// session.
#pragma once

#include <cstdint>
#include <string>

#include "callgate/gate/gate.h"

namespace callgate {

/// Returns "" if neither the process `peer` nor a process above it is a client of this gate or was
/// started by a server; otherwise the reason. The client `except` does not count. Returns "", too,
/// if `peer` is 0 because the system does not report the process.
std::string below_a_client(int64_t peer, const Gate& gate, int64_t except = 0);

}  // namespace callgate
