// Variables of this terminal that clients do not pass on to callgate. Because of them, a server may
// start here, but not when the client starts it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "callgate/config/config.h"
#include "doctor.h"

namespace callgate {

/// Returns the variables that no client passes on to callgate. Empty if no client starts callgate.
std::vector<std::string> withheld_by_all(const Patient& patient);

/// Returns a hint with the clients whose environment the server was started in, if it lacks
/// variables that are set here; otherwise "".
std::string withheld_hint(const Patient& patient, const ServerConfig* server,
                          const std::vector<std::string>& withheld);

/// Starts servers again for clients that pass on fewer variables. `ready` are the servers that were
/// ready when they were started without `withheld`; only those are started again.
void probe_as_clients_start(const Config& config, const Patient& patient,
                            const std::vector<std::string>& withheld,
                            const std::set<std::string>& ready, DoctorReport& report);

}  // namespace callgate
