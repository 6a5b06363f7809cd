// Examines servers: starts each server once, sixteen at a time, and fetches its lists. Then
// examines how much of the model's context the tools of all servers take.
#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "callgate/app/program_search.h"
#include "callgate/base/text.h"
#include "callgate/desktop/clients.h"
#include "callgate/desktop/used_variables.h"
#include "callgate/wire/writer.h"
#include "cli/gates/gate_run.h"
#include "cli/text/time_text.h"
#include "doctor.h"
#include "doctor_environments.h"
#include "doctor_probe.h"
#include "doctor_tools.h"

namespace callgate {

namespace {

using State = ServerStatus::State;

constexpr size_t kMostItems = 10;

const ServerConfig* find_server(const Config& config, const std::string& name) {
  for (const ServerConfig& server : config.servers)
    if (server.name == name) return &server;
  return nullptr;
}

/// Returns a hint about variables that are set in this terminal and that the server seems to read
/// but does not get. Returns "" if there are no such variables.
std::string variables_hint(const ServerConfig* config, const Machine& machine) {
  if (config == nullptr) return "";
  const std::vector<std::string> missed = variables_missed(*config, machine.set);
  if (missed.empty()) return "";
  std::string list;
  for (const std::string& name : missed) list += (list.empty() ? "" : ", ") + quote(name);
  return fmt::format(
      "\n{} set in this terminal, but the server does not get {}; if the server reads {}, write "
      "\"env_pass\": [{}]",
      joined(missed) + (missed.size() == 1 ? " is" : " are"), missed.size() == 1 ? "it" : "them",
      missed.size() == 1 ? "it" : "them", list);
}

/// Returns the configuration without servers whose command is callgate, because each callgate would
/// start another callgate without end.
Config without_ourselves(const Patient& patient, DoctorReport& report) {
  Config config = patient.config;
  config.record.durability = Durability::Off;
  config.record.mask = true;  // so that the report has no secrets even if the record may have them
  std::erase_if(config.servers, [&](const ServerConfig& server) {
    if (!patient.ourselves.contains(server.name)) return false;
    report.add("doctor.server_recursive",
               fmt::format("server '{}' would start callgate inside callgate", server.name),
               fmt::format("remove this server from {}", patient.places.config_file));
    return true;
  });
  return config;
}

/// Reports the list items that the gate has changed or hidden. With such an item, clients would
/// refuse the whole list.
void check_items(const std::vector<ItemReport>& items, DoctorReport& report) {
  std::map<std::string, std::string> by_server;
  std::map<std::string, size_t> counts;
  for (const ItemReport& item : items) {
    if (++counts[item.server] > kMostItems) continue;
    std::string what = item.hidden.empty() ? "" : "hidden: " + item.hidden;
    for (const std::string& change : item.changes) what += (what.empty() ? "" : "; ") + change;
    by_server[item.server] += fmt::format("{} {}: {}\n", item.list, item.name, what);
  }
  for (const auto& [server, lines] : by_server)
    report.add("doctor.tool_fault",
               fmt::format("server '{}': {} in its lists had to be repaired or hidden, because "
                           "clients refuse a whole list if they refuse one of its items",
                           server, grouped(counts[server], "item")),
               "tell the server's author", lines);
}

void check_all(Patient& patient, const Config& config, const LeftAlone& left,
               const std::vector<std::string>& withheld, const std::vector<Probe>& probes,
               DoctorReport& report, std::set<std::string>& ready) {
  JsonWriter json;
  json.begin_array();
  const Machine machine = this_machine(patient.places.home);
  for (const Probe& probe : probes) {
    if (const auto running = left.running.find(probe.status.name); running != left.running.end()) {
      check_running(running->second, report);
      json.raw(running_fact(running->second, report));
      ready.insert(probe.status.name);
      continue;
    }
    const ServerConfig* const server = find_server(config, probe.status.name);
    check_probe(probe, patient.wait,
                variables_hint(server, machine) + withheld_hint(patient, server, withheld), report);
    json.raw(probe_fact(probe, report));
    if (probe.status.state == State::Ready) ready.insert(probe.status.name);
  }
  report.fact("servers", json.end_array().take());
}

void check_lists(Patient& patient, GateRun& run, const std::set<std::string>& ready,
                 const Screen& screen, DoctorReport& report) {
  std::vector<ToolView> tools = run.gate().tools("");
  // Leave out the tools of servers that did not start: these tools come from lists that an earlier
  // gate process stored.
  std::erase_if(tools, [&](const ToolView& tool) { return !ready.contains(tool.server); });
  patient.tools = tools_by_server(tools);
  examine_tools(patient, tools, screen, report);
  check_items(run.gate().item_faults(), report);
}

void examine_path(const Patient& patient, DoctorReport& report) {
  const char* const variable = std::getenv("PATH");
  const std::string path = variable ? variable : "";
  const bool poor = is_poor_path(path);
  JsonWriter json;
  json.begin_object().key("folders").begin_array();
  for (const std::string& folder : folders_in(path)) json.string(report.safe(folder));
  const bool repaired = patient.config.gateway.login_path == LoginPath::Auto;
  json.end_array().key("poor").boolean(poor).key("login_path").boolean(repaired);
  report.fact("path", json.end_object().take());
  if (poor && !repaired)
    report.add("doctor.path_poor",
               "PATH has the system's folders only, and callgate does not ask a login shell for "
               "more folders",
               "set \"gateway\": {\"login_path\": \"auto\"}");
}

}  // namespace

void examine_servers(Patient& patient, const Screen& screen, DoctorReport& report) {
  if (patient.config.servers.empty()) return;
  examine_path(patient, report);
  Config config = without_ourselves(patient, report);
  if (!patient.config_good)
    return report.add("doctor.servers_unprobed",
                      "no server was started, because the configuration has errors");
  if (patient.quick)
    return report.add("doctor.servers_unprobed", "no server was started", "callgate doctor");
  const LeftAlone left = leave_alone(config, patient.places);
  const std::vector<std::string> withheld = withheld_by_all(patient);
  std::set<std::string> ready;
  const Status probed = probe_servers(
      config, patient, withheld, report, [&](GateRun& run, const std::vector<Probe>& probes) {
        check_all(patient, config, left, withheld, probes, report, ready);
        check_lists(patient, run, ready, screen, report);
      });
  if (!probed)
    return report.add("doctor.servers_unprobed",
                      fmt::format("no server was started: {}", probed.error().message),
                      probed.error().next);
  for (const auto& [name, running] : left.running) ready.erase(name);  // doctor did not start these
  probe_as_clients_start(config, patient, withheld, ready, report);
}

}  // namespace callgate
