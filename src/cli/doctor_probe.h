// What doctor reports about one server that it started, or that runs already.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "callgate/gate/gate.h"
#include "doctor.h"
#include "left_alone.h"

namespace callgate {

struct Probe {
  ServerStatus status;
  std::optional<Micros> began;               // start of its own process; others may start earlier
  std::optional<Millis> initialized, ready;  // time since then
  std::string why, code, next, tail;         // about the first time that it failed
};

class GatewayRun;
/// Called while the servers still run.
using ProbeLook = std::function<void(GatewayRun&, const std::vector<Probe>&)>;
/// Starts each server once, if the configuration allows it, without our variables in `withheld`.
/// Fails if no gate can be opened to start them.
Status probe_servers(const Config& config, const Patient& patient,
                     const std::vector<std::string>& withheld, DoctorReport& report,
                     const ProbeLook& look);

/// Adds the findings about a server that doctor started. `limit` is the time that it had to start.
/// `hint` is added to the advice; it may be empty.
void judge_probe(const Probe& probe, Millis limit, const std::string& hint, DoctorReport& report);
/// The facts about the server as JSON.
std::string probe_fact(const Probe& probe, const DoctorReport& report);

void judge_running(const RunningServer& running, DoctorReport& report);
std::string running_fact(const RunningServer& running, const DoctorReport& report);

}  // namespace callgate
