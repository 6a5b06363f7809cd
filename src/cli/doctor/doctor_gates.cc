// Examines the running gate processes.
#include <fmt/core.h>

#include <algorithm>
#include <vector>

#include "callgate/base/text.h"
#include "callgate/wire/writer.h"
#include "cli/gates/gates.h"
#include "doctor.h"
#include "version.h"

namespace callgate {

namespace {

void check_gate(const RunningGate& gate, const Patient& patient, DoctorReport& report) {
  const std::string who = fmt::format("the gate process {} ({})", gate.pid, gate.how);
  const char* const again = gate.how == "serve" ? "callgate stop, then callgate serve"
                            : gate.how == "shared"
                                ? "callgate stop --all, then restart the clients"
                                : "restart the client that started this gate process";
  if (gate.version != kVersion)
    report.add("doctor.gate_version",
               fmt::format("{} is callgate {}, but this program is callgate {}", who, gate.version,
                           kVersion),
               again);
  if (gate.config != patient.places.config_file)
    report.add("doctor.gate_config",
               fmt::format("{} has another configuration than this command: {}", who, gate.config));
  if (!gate.waiting_servers.empty())
    report.add("doctor.gate_waiting",
               fmt::format("{} does not use the changed configuration of {} yet", who,
                           report.safe(joined(gate.waiting_servers))),
               "review the file, then: callgate reload");
  if (!gate.record_error.empty())
    report.add("doctor.gate_record",
               fmt::format("{} cannot write its record: {}", who, gate.record_error), again);
}

// Each gate process of one client starts the servers again, unless the clients share a gate. Who
// has switched the shared gate off knows that.
void check_sharing(const std::vector<RunningGate>& gates, SharedGateUse use, DoctorReport& report) {
  if (use == SharedGateUse::Off) return;
  const auto alone = std::count_if(gates.begin(), gates.end(),
                                   [](const RunningGate& gate) { return gate.how == "stdio"; });
  if (alone < 2) return;
  report.add("doctor.gate_each",
             fmt::format("{} clients have a gate process each, with its own servers; one gate "
                         "process can serve them all",
                         alone),
#ifdef __linux__
             "set gateway.shared to \"auto\"; if it is, the log of each client has the reason"
#else
             "set gateway.shared to \"require\""
#endif
  );
}

std::string gate_fact(const RunningGate& gate, const DoctorReport& report) {
  JsonWriter json;
  json.begin_object().key("pid").integer(gate.pid).key("how").string(gate.how);
  json.key("version").string(gate.version).key("config").string(report.safe(gate.config));
  json.key("sessions").integer(static_cast<int64_t>(gate.sessions.size()));
  json.key("memory_bytes").integer(gate.memory).key("waiting").integer(gate.waiting);
  json.key("servers").begin_array();
  for (const GateServer& server : gate.servers) {
    json.begin_object().key("name").string(server.name).key("state").string(server.state);
    json.key("why").string(report.safe(server.why)).key("starts").integer(server.starts);
    json.key("noise").integer(server.noise).end_object();
  }
  return json.end_array().end_object().take();
}

}  // namespace

void examine_gates(Patient& patient, DoctorReport& report) {
  const Gates gates = find_gates(patient.places.state_dir);
  JsonWriter json;
  json.begin_array();
  for (const RunningGate& gate : gates.processes) {
    patient.gates.insert(gate.pid);
    check_gate(gate, patient, report);
    json.raw(gate_fact(gate, report));
  }
  report.fact("gates", json.end_array().take());
  check_sharing(gates.processes, patient.config.gateway.shared, report);
  for (const Error& error : gates.errors)
    report.add("doctor.gate_silent", error.message,
               error.next.empty() ? "callgate status" : error.next);
  if (gates.processes.empty())
    report.add("doctor.gates",
               "no gate process runs now; a client starts a gate process when it needs callgate");
  else
    report.add("doctor.gates", fmt::format("{} run{}", gates.processes.size(),
                                           gates.processes.size() == 1 ? "s" : ""));
}

}  // namespace callgate
