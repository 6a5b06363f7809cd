// Variables that this terminal has but that clients do not pass on to callgate ("withheld").
// Without them, a server that starts here may fail to start when the client starts callgate.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "callgate/config/config.h"
#include "doctor.h"

namespace callgate {

/// Returns the variables that none of the clients that start callgate passes on. Returns an empty
/// list if no client starts callgate.
std::vector<std::string> withheld_by_all(const Patient& patient);

/// Returns a hint for a server that doctor started without the variables `withheld`: which of these
/// variables the server would get otherwise, and which clients withhold them. Returns "" if it
/// would get none of them.
std::string withheld_hint(const Patient& patient, const ServerConfig* server,
                          const std::vector<std::string>& withheld);

/// For each client that withholds more variables than `withheld`, starts the servers that would get
/// these variables once more, without them, and reports servers that then fail. Considers only the
/// servers in `ready`, which were ready when doctor started them without `withheld`.
void probe_as_clients_start(const Config& config, const Patient& patient,
                            const std::vector<std::string>& withheld,
                            const std::set<std::string>& ready, DoctorReport& report);

}  // namespace callgate
