// What `callgate doctor` reports about one server. Either doctor has started the server, or the
// server runs already.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "callgate/gate/gate.h"
#include "cli/gates/left_alone.h"
#include "doctor.h"

namespace callgate {

struct Probe {
  ServerStatus status;
  std::optional<Micros> began;               // when the server's process was started
  std::optional<Millis> initialized, ready;  // the time from `began` to each of the two states
  // The server's first failure. A server that is late has no failure, but its last lines are here.
  DownReason why;
};

class GateRun;
/// probe_servers() calls this function when all servers are ready or have failed, before it ends
/// the servers.
using ProbeVisitor = std::function<void(GateRun&, const std::vector<Probe>&)>;
/// Starts each enabled server once, in the environment of this process without the variables in
/// `withheld`. Fails if no gate can be opened to start the servers.
Status probe_servers(const Config& config, const Patient& patient,
                     const std::vector<std::string>& withheld, DoctorReport& report,
                     const ProbeVisitor& visit);

/// Adds to `report` the findings about a server that doctor started. `limit` is the time that the
/// server had to start. `hint` is appended to the advice, and may be empty.
void check_probe(const Probe& probe, Millis limit, const std::string& hint, DoctorReport& report);
/// Returns the facts about the server as JSON.
std::string probe_fact(const Probe& probe, const DoctorReport& report);

void check_running(const RunningServer& running, DoctorReport& report);
std::string running_fact(const RunningServer& running, const DoctorReport& report);

}  // namespace callgate
