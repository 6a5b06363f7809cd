// Examines the files of client applications. Reports clients that start callgate, that start
// servers without it, or whose entry for callgate has disappeared.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>

#include "callgate/base/text.h"
#include "callgate/desktop/inspection.h"
#include "callgate/wire/writer.h"
#include "desktop.h"
#include "doctor.h"

namespace callgate {

namespace {

std::string command(const char* verb, const ClientLook& look, const Machine& machine) {
  return fmt::format("callgate {} {}", verb, look.file.client->id) +
         file_arguments(look.file, machine);
}

/// Returns the command with which the user can put the client's own servers behind callgate.
std::string taking_over(const ClientLook& look, const Machine& machine) {
  if (!look.file.file->only_read) return command("register", look, machine) + " --dry-run";
  const auto first = find_file(*look.file.client, look.file.file->scope, machine);
  return fmt::format("move them into {}, then: callgate register {}",
                     first ? first->path : "its main file", look.file.client->id);
}

void judge_entry(const CallgateEntry& entry, const ClientLook& look, const std::string& who,
                 const Machine& machine, DoctorReport& report) {
  if (!entry.reachable)
    report.add("doctor.client_path_gone",
               fmt::format("{} starts {}, which does not exist", who, entry.command),
               command("register", look, machine));
  if (!entry.config.empty() && ::access(entry.config.c_str(), R_OK) != 0)
    report.add("doctor.client_config_gone",
               fmt::format("{} names the configuration {}, which can't be read", who, entry.config),
               command("register", look, machine));
}

/// Returns the servers that the client sees if it starts callgate as `entry` says (with a profile,
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

/// Reports variables of this terminal to which servers refer, but which the client does not pass on
/// to callgate.
void judge_environment(const CallgateEntry& entry, const ClientLook& look, const std::string& who,
                       Patient& patient, const Machine& machine, DoctorReport& report) {
  const bool other = !entry.config.empty() && entry.config != patient.places.config_file;
  if (entry.disabled || other) return;
  const std::vector<ServerConfig> servers = servers_of(entry, patient.config);
  StartedBy start{who, variables_withheld(*look.file.client, entry, machine), {}};
  for (const ServerConfig& server : servers) start.servers.insert(server.name);
  patient.started_by.push_back(std::move(start));
  const std::vector<std::string> names =
      variables_withheld(*look.file.client, entry, servers, machine);
  if (!names.empty())
    report.add(
        "doctor.client_environment",
        fmt::format("{} does not pass {} on to callgate, so servers start here, but not there", who,
                    joined(names)),
        command("register", look, machine));
}

void judge(const ClientLook& look, Patient& patient, const Machine& machine, DoctorReport& report) {
  const std::string who = fmt::format("{} ({})", look.file.client->title, look.file.path);
  if (look.error)
    return report.add("doctor.client_unreadable",
                      fmt::format("{}: {}", look.file.client->title, look.error->message),
                      "correct the file; the client can't read it either");
  for (const CallgateEntry& entry : look.own) {
    judge_entry(entry, look, who, machine, report);
    judge_environment(entry, look, who, patient, machine, report);
  }
  if (look.own.empty() && look.registration) {
    report.add("doctor.client_dropped",
               fmt::format("{} was registered on {}, but its entry of callgate is gone", who,
                           look.registration->at.substr(0, 10)),
               command("register", look, machine));
  } else if (look.own.empty() && !look.others.empty()) {
    report.add("doctor.client_unregistered",
               fmt::format("{} has servers of its own: {}", who, joined(look.others)),
               taking_over(look, machine));
  } else if (!look.own.empty() && !look.others.empty()) {
    report.add("doctor.client_bypass",
               fmt::format("{} has servers next to callgate, whose calls callgate does not see: {}",
                           who, joined(look.others)),
               taking_over(look, machine));
  } else if (!look.own.empty() && look.own.front().reachable) {
    report.add("doctor.client",
               fmt::format("{} has callgate only{}", who,
                           look.own.front().disabled ? ", which is switched off there" : ""));
  }
}

std::string fact_of(const ClientLook& look, const DoctorReport& report) {
  JsonWriter json;
  json.begin_object().key("client").string(look.file.client->id);
  json.key("scope").string(scope_word(look.file.file->scope));
  json.key("file").string(report.safe(look.file.path)).key("registered");
  json.boolean(look.registration.has_value()).key("entries").begin_array();
  for (const CallgateEntry& entry : look.own) {
    json.begin_object().key("name").string(entry.name);
    json.key("command").string(report.safe(entry.command));
    json.key("reachable").boolean(entry.reachable).key("disabled").boolean(entry.disabled);
    json.end_object();
  }
  json.end_array().key("others").begin_array();
  for (const std::string& name : look.others) json.string(report.safe(name));
  return json.end_array().end_object().take();
}

}  // namespace

void examine_clients(Patient& patient, DoctorReport& report) {
  const Machine machine = this_machine(patient.places.home);
  std::set<std::string> entries{"callgate"};
  JsonWriter json;
  json.begin_array();
  for (const ClientLook& look : look_at_clients(machine, patient.places, patient.binary)) {
    judge(look, patient, machine, report);
    for (const CallgateEntry& entry : look.own) entries.insert(entry.name);
    json.raw(fact_of(look, report));
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
