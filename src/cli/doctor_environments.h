// What clients keep of this terminal's variables from callgate, so that servers that start here do
// not start there.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "callgate/config/config.h"
#include "doctor.h"

namespace callgate {

/// What no client that starts callgate hands on; empty if there is no such client.
std::vector<std::string> withheld_by_all(const Patient& patient);

/// Whose environment a server was started in, if it lacks variables that are set here; an empty
/// line if it lacks none.
std::string withheld_hint(const Patient& patient, const ServerConfig* server,
                          const std::vector<std::string>& withheld);

/// Starts those servers once more that were `ready` without what was `withheld`, and that a client
/// gives less.
void probe_as_clients_start(const Config& config, const Patient& patient,
                            const std::vector<std::string>& withheld,
                            const std::set<std::string>& ready, DoctorReport& report);

}  // namespace callgate
