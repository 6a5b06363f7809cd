// What doctor says of one server: of one that it has started, and of one that runs already.
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
  std::optional<Micros> began;               // its own process: others may have begun before it
  std::optional<Millis> initialized, ready;  // since then
  std::string why, code, next, tail;         // of its first end
};

class GatewayRun;
/// While the servers still run.
using ProbeLook = std::function<void(GatewayRun&, const std::vector<Probe>&)>;
/// Starts every server once that the configuration lets start, without what is `withheld` of our
/// variables. The error is why there was no gate to start them.
Status probe_servers(const Config& config, const Patient& patient,
                     const std::vector<std::string>& withheld, DoctorReport& report,
                     const ProbeLook& look);

/// `limit` is the time that it had; `hint` goes to what may help, and may be empty.
void judge_probe(const Probe& probe, Millis limit, const std::string& hint, DoctorReport& report);
/// The same as JSON.
std::string probe_fact(const Probe& probe, const DoctorReport& report);

void judge_running(const RunningServer& running, DoctorReport& report);
std::string running_fact(const RunningServer& running, const DoctorReport& report);

}  // namespace callgate
