#include "doctor_environments.h"

#include <fmt/core.h>

#include <algorithm>

#include "callgate/base/text.h"
#include "callgate/config/default_environment.h"
#include "callgate/config/secret_names.h"
#include "cli/gates/gate_run.h"
#include "doctor_probe.h"

namespace callgate {

namespace {

using Names = std::vector<std::string>;

bool names_variable(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Returns the variables in `withheld` that the server would otherwise get. If the server's
/// environment refers to a command (`cmd:`), returns all of `withheld`, because the command may
/// read any variable.
Names lacked_by(const ServerConfig& server, const Names& withheld) {
  std::set<std::string> gets(server.env_pass.begin(), server.env_pass.end());
  gets.insert(default_environment().begin(), default_environment().end());
  for (const auto& [name, value] : server.env) gets.erase(name);
  for (const auto& [name, value] : server.named_values()) {
    for (const std::string_view reference : references_in(value)) {
      if (reference.starts_with("cmd:")) return withheld;
      if (reference.starts_with("env:")) gets.emplace(reference.substr(4));
    }
  }
  Names lacked;
  for (const std::string& name : withheld)
    if (gets.contains(name)) lacked.push_back(name);
  return lacked;
}

/// Returns the names as text: at most eight names, and the number of further names.
std::string listed(const Names& names) {
  constexpr size_t kShown = 8;
  if (names.size() <= kShown) return joined(names);
  return fmt::format("{} and {} more",
                     joined({names.begin(), names.begin() + static_cast<std::ptrdiff_t>(kShown)}),
                     names.size() - kShown);
}

std::string why_not(const Probe& probe) {
  if (!probe.why.empty()) return probe.why.error.message;
  if (probe.status.state != ServerStatus::State::Ready) return "did not return its lists in time";
  return probe.status.list_why;
}

void probe_for(const StartedBy& start, const Names& withheld, const Patient& patient, Config config,
               const std::set<std::string>& ready, DoctorReport& report) {
  Names more;  // variables that this client withholds, but that the servers had at the first start
  for (const std::string& name : start.withheld)
    if (!names_variable(withheld, name)) more.push_back(name);
  std::map<std::string, Names> lacking;
  for (ServerConfig& server : config.servers) {
    const Names lacked = lacked_by(server, more);
    if (lacked.empty() || !ready.contains(server.name) || !start.servers.contains(server.name))
      server.broken = Error{"", "doctor does not start this server again", ""};
    else
      lacking[server.name] = lacked;
  }
  if (lacking.empty()) return;
  const auto visit = [&](GateRun&, const std::vector<Probe>& probes) {
    for (const Probe& probe : probes) {
      const auto lacked = lacking.find(probe.status.name);
      if (lacked == lacking.end() || why_not(probe).empty()) continue;
      report.add("doctor.client_server_failed",
                 fmt::format("server '{}' starts in this terminal, but not with the variables that "
                             "{} passes on to callgate: the server {}",
                             probe.status.name, start.client, why_not(probe)),
                 fmt::format("make callgate's entry in the client's file pass on the variables "
                             "that the server needs, from these: {}",
                             listed(lacked->second)),
                 probe.why.stderr_tail);
    }
  };
  // The error is ignored: if no gate can be opened, examine_servers() has already reported why.
  static_cast<void>(probe_servers(config, patient, start.withheld, report, visit));
}

}  // namespace

std::vector<std::string> withheld_by_all(const Patient& patient) {
  if (patient.started_by.empty()) return {};
  Names all = patient.started_by.front().withheld;
  for (const StartedBy& each : patient.started_by)
    std::erase_if(all,
                  [&](const std::string& name) { return !names_variable(each.withheld, name); });
  return all;
}

std::string withheld_hint(const Patient& patient, const ServerConfig* server,
                          const std::vector<std::string>& withheld) {
  if (server == nullptr) return "";
  const Names lacked = lacked_by(*server, withheld);
  if (lacked.empty()) return "";
  Names clients;
  for (const StartedBy& each : patient.started_by) clients.push_back(each.client);
  return fmt::format(
      "\ndoctor started the server without {}, because {} does not pass this on to callgate",
      listed(lacked), joined(clients));
}

void probe_as_clients_start(const Config& config, const Patient& patient,
                            const std::vector<std::string>& withheld,
                            const std::set<std::string>& ready, DoctorReport& report) {
  std::set<Names> tried;
  for (const StartedBy& each : patient.started_by)
    if (tried.insert(each.withheld).second)
      probe_for(each, withheld, patient, config, ready, report);
}

}  // namespace callgate
