// Starts the shared gate. Only one of the fronts that want it at the same time starts it.
#pragma once

#include <string>

#include "callgate/base/result.h"
#include "callgate/config/config.h"

namespace callgate {

/// Returns the path of the socket at which the shared gate accepts fronts. The name depends on the
/// program's file, so programs of different versions never talk to each other.
std::string shared_socket(const std::string& state_dir);
/// Returns the path of the file that receives the log messages of the shared gate.
std::string shared_log(const std::string& state_dir);

/// Starts the shared gate in the background. Does not wait until the gate is ready. Returns false
/// if another process is starting it. Error: "attach.start".
Result<bool> start_shared_gate(const Places& places);
/// True while a process starts the shared gate.
bool shared_gate_starts(const std::string& state_dir);
/// Releases the lock of the start. Called by the shared gate when its socket is ready.
void shared_gate_started(const std::string& state_dir);

}  // namespace callgate
