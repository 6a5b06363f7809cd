// Examines the files of client applications. Reports clients that start callgate, that start
// servers without it, or whose entry for callgate has disappeared.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>

#include "callgate/base/text.h"
#include "callgate/desktop/inspection.h"
#include "callgate/wire/writer.h"
#include "cli/setup/desktop.h"
#include "doctor.h"

namespace callgate {

namespace {

std::string command(const char* verb, const ClientInspection& inspection, const Machine& machine) {
  return fmt::format("callgate {} {}", verb, inspection.file.client->id) +
         file_arguments(inspection.file, machine);
}

/// Returns the command with which the user can move the client's own servers into callgate's
/// configuration.
std::string taking_over(const ClientInspection& inspection, const Machine& machine) {
  if (!inspection.file.file->only_read)
    return command("register", inspection, machine) + " --dry-run";
  const auto first = find_file(*inspection.file.client, inspection.file.file->scope, machine);
  return fmt::format("move these servers into {}, then: callgate register {}",
                     first ? first->path : "the client's main file", inspection.file.client->id);
}

void check_entry(const CallgateEntry& entry, const ClientInspection& inspection,
                 const std::string& who, const Machine& machine, DoctorReport& report) {
  if (!entry.reachable)
    report.add("doctor.client_path_gone",
               fmt::format("{} starts the program {}, which does not exist", who, entry.command),
               command("register", inspection, machine));
  if (!entry.config.empty() && ::access(entry.config.c_str(), R_OK) != 0)
    report.add("doctor.client_config_gone",
               fmt::format("{} starts callgate with the configuration {}, which can't be read", who,
                           entry.config),
               command("register", inspection, machine));
}

/// Returns the servers that the client sees if it starts callgate with `entry` (with a profile,
/// for example).
std::vector<ServerConfig> servers_of(const CallgateEntry& entry, const Config& config) {
  std::vector<ServerConfig> servers = config.servers;
  for (const ProfileConfig& profile : config.profiles) {
    if (profile.name != entry.profile || !profile.servers) continue;
    std::erase_if(servers, [&](const ServerConfig& server) {
      return std::find(profile.servers->begin(), profile.servers->end(), server.name) ==
             profile.servers->end();
    });
  }
  return servers;
}

/// Reports variables of this terminal that the client does not pass on to callgate, although
/// servers refer to them.
void check_environment(const CallgateEntry& entry, const ClientInspection& inspection,
                       const std::string& who, Patient& patient, const Machine& machine,
                       DoctorReport& report) {
  const bool other = !entry.config.empty() && entry.config != patient.places.config_file;
  if (entry.disabled || other) return;
  const std::vector<ServerConfig> servers = servers_of(entry, patient.config);
  StartedBy start{who, variables_withheld(*inspection.file.client, entry, machine), {}};
  for (const ServerConfig& server : servers) start.servers.insert(server.name);
  patient.started_by.push_back(std::move(start));
  const std::vector<std::string> names =
      variables_withheld(*inspection.file.client, entry, servers, machine);
  if (!names.empty())
    report.add("doctor.client_environment",
               fmt::format("{} does not pass {} on to callgate, so servers start in this terminal, "
                           "but not in the client",
                           who, joined(names)),
               command("register", inspection, machine));
}

void check_client(const ClientInspection& inspection, Patient& patient, const Machine& machine,
                  DoctorReport& report) {
  const std::string who =
      fmt::format("{} ({})", inspection.file.client->title, inspection.file.path);
  if (inspection.error)
    return report.add(
        "doctor.client_unreadable",
        fmt::format("{}: {}", inspection.file.client->title, inspection.error->message),
        "correct the file; the client can't read it either");
  for (const CallgateEntry& entry : inspection.own) {
    check_entry(entry, inspection, who, machine, report);
    check_environment(entry, inspection, who, patient, machine, report);
  }
  if (inspection.own.empty() && inspection.registration) {
    report.add("doctor.client_dropped",
               fmt::format("{} was registered on {}, but has no entry for callgate any more", who,
                           inspection.registration->at.substr(0, 10)),
               command("register", inspection, machine));
  } else if (inspection.own.empty() && !inspection.others.empty()) {
    report.add("doctor.client_unregistered",
               fmt::format("{} has servers of its own: {}", who, joined(inspection.others)),
               taking_over(inspection, machine));
  } else if (!inspection.own.empty() && !inspection.others.empty()) {
    report.add("doctor.client_bypass",
               fmt::format("{} has servers next to callgate, and callgate does not see the calls "
                           "of these servers: {}",
                           who, joined(inspection.others)),
               taking_over(inspection, machine));
  } else if (!inspection.own.empty() && inspection.own.front().reachable) {
    report.add("doctor.client", fmt::format("{} has callgate only{}", who,
                                            inspection.own.front().disabled
                                                ? ", but the client has switched callgate off"
                                                : ""));
  }
}

std::string client_fact(const ClientInspection& inspection, const DoctorReport& report) {
  JsonWriter json;
  json.begin_object().key("client").string(inspection.file.client->id);
  json.key("scope").string(scope_word(inspection.file.file->scope));
  json.key("file").string(report.safe(inspection.file.path)).key("registered");
  json.boolean(inspection.registration.has_value()).key("entries").begin_array();
  for (const CallgateEntry& entry : inspection.own) {
    json.begin_object().key("name").string(entry.name);
    json.key("command").string(report.safe(entry.command));
    json.key("reachable").boolean(entry.reachable).key("disabled").boolean(entry.disabled);
    json.end_object();
  }
  json.end_array().key("others").begin_array();
  for (const std::string& name : inspection.others) json.string(report.safe(name));
  return json.end_array().end_object().take();
}

}  // namespace

void examine_clients(Patient& patient, DoctorReport& report) {
  const Machine machine = this_machine(patient.places.home);
  std::set<std::string> entries{"callgate"};
  JsonWriter json;
  json.begin_array();
  for (const ClientInspection& inspection :
       inspect_clients(machine, patient.places, patient.binary)) {
    check_client(inspection, patient, machine, report);
    for (const CallgateEntry& entry : inspection.own) entries.insert(entry.name);
    json.raw(client_fact(inspection, report));
  }
  report.fact("clients", json.end_array().take());
  patient.entries.assign(entries.begin(), entries.end());
}

std::string some_client(const Places& places) {
  const Machine machine = this_machine(places.home);
  for (const ClientApp& each : all_clients())
    if (const auto file = find_file(each, ClientScope::User, machine); file && file->exists)
      return std::string(each.id);
  return "";
}

}  // namespace callgate
