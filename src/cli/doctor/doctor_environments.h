// Variables that this terminal has but that clients do not pass on to callgate ("withheld").
// Without these variables, a server that starts in this terminal may fail to start when the client
// starts callgate.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "callgate/config/config.h"
#include "doctor.h"

namespace callgate {

/// Returns the variables that no client passes on to callgate, of the clients that start callgate.
/// Returns an empty list if no client starts callgate.
std::vector<std::string> withheld_by_all(const Patient& patient);

/// Returns a hint for a server that doctor started without the variables `withheld`. The hint names
/// those of the variables that the server would otherwise get, and the clients that withhold these.
/// Returns "" if the server would get none of the variables.
std::string withheld_hint(const Patient& patient, const ServerConfig* server,
                          const std::vector<std::string>& withheld);

/// Before this, doctor has started all servers without the variables `withheld`, which no client
/// passes on; the servers in `ready` became ready. Some clients withhold more variables. For each
/// such client, starts the servers in `ready` that use these additional variables once more,
/// without them, and reports the servers that fail.
void probe_as_clients_start(const Config& config, const Patient& patient,
                            const std::vector<std::string>& withheld,
                            const std::set<std::string>& ready, DoctorReport& report);

}  // namespace callgate
