// Examines the configuration: whether the file exists and is valid, who can read the file, and
// whether the file contains what it should not.
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "callgate/app/rules.h"
#include "callgate/desktop/server_import.h"
#include "callgate/wire/writer.h"
#include "cli/setup/desktop.h"
#include "cli/text/time_text.h"
#include "doctor.h"
#include "rule_notes.h"
#include "unpinned.h"

namespace callgate {

namespace {

constexpr size_t kMostErrors = 10;

void examine_pins(const Config& config, DoctorReport& report) {
  for (const ServerConfig& server : config.servers) {
    const auto found = unpinned(server);
    if (!found || server.disabled) continue;
    report.add("doctor.server_unpinned",
               fmt::format("server '{}' always runs the newest version of {}", server.name,
                           found->package),
               fmt::format("name a version that you have reviewed, for example {}", found->how));
  }
}

/// Reports servers that callgate could reach itself, but that a bridge reaches. Callgate then has
/// one process less to start, and its own sign-in.
void examine_bridges(const Config& config, DoctorReport& report) {
  for (const ServerConfig& server : config.servers) {
    const auto direct = without_bridge(server);
    if (!direct || server.disabled) continue;
    const bool headers = !direct->remote->headers.empty();
    report.add(
        "doctor.server_bridge",
        fmt::format("server '{}' starts a program that only connects to a URL; callgate can reach "
                    "this server itself",
                    server.name),
        fmt::format("in its entry, write \"url\": {}{} instead of \"command\", \"args\" and "
                    "\"env\"; if the server then wants a sign-in: {}",
                    quote(shown_arguments({direct->remote->url}, secret_hider())[0]),
                    headers ? " and \"headers\"" : "",
                    shell_line("callgate", {"auth", "login", server.name})));
  }
}

void examine_file(const std::string& path, DoctorReport& report) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return;
  if (about.st_uid != ::geteuid() && about.st_uid != 0)
    report.add("doctor.not_ours", fmt::format("{} belongs to another user", path),
               "chown $(id -u) " + path);
  if ((about.st_mode & 0022) != 0)
    report.add("doctor.config_writable", fmt::format("{} can be changed by other users", path),
               "chmod 600 " + path);
  else if ((about.st_mode & 0077) != 0)
    report.add("doctor.config_readable", fmt::format("{} can be read by other users", path),
               "chmod 600 " + path);
}

std::string config_fact(const Patient& patient, const std::vector<ConfigError>& errors,
                        const DoctorReport& report) {
  const Config& config = patient.config;
  JsonWriter json;
  json.begin_object().key("file").string(report.safe(patient.places.config_file));
  json.key("errors").integer(static_cast<int64_t>(errors.size())).key("servers").begin_array();
  for (const ServerConfig& server : config.servers) {
    json.begin_object().key("name").string(server.name).key("disabled").boolean(server.disabled);
    json.key(server.remote ? "url" : "command");
    json.string(report.safe(server.remote ? server.remote->url : server.command)).end_object();
  }
  json.end_array().key("profiles").integer(static_cast<int64_t>(config.profiles.size()));
  json.key("rules").integer(static_cast<int64_t>(
      config.policy.deny.size() + config.policy.ask.size() + config.policy.allow.size()));
  return json.end_object().take();
}

void add_missing(const Patient& patient, DoctorReport& report) {
  const std::string client = some_client(patient.places);
  report.add("doctor.config_missing",
             fmt::format("there is no configuration at {}", patient.places.config_file),
             client.empty() ? "callgate config init"
                            : fmt::format("callgate register {} --dry-run\nor, to start with an "
                                          "empty configuration: callgate config init",
                                          client));
}

}  // namespace

void examine_config(Patient& patient, DoctorReport& report) {
  const Places& places = patient.places;
  LoadedConfig loaded = load_config(places.config_file, places.home);
  patient.config = std::move(loaded.config);
  const Config& config = patient.config;
  examine_secrets(patient, report);
  examine_file(places.config_file, report);
  if (loaded.errors.empty()) {
    if (const Result<Rules> rules = compile_rules(config, places); !rules)
      loaded.errors.push_back({rules.error(), 0, 0, "policy", rules.error().message});
  }
  patient.config_good = loaded.errors.empty();
  report.fact("config", config_fact(patient, loaded.errors, report));
  if (!loaded.errors.empty() && loaded.errors[0].code == "config.missing")
    return add_missing(patient, report);
  for (size_t i = 0; i < loaded.errors.size() && i < kMostErrors; ++i)
    report.add("doctor.config_wrong", loaded.errors[i].message,
               loaded.errors[i].next.empty() ? "callgate config check" : loaded.errors[i].next);
  for (const ConfigError& error : loaded.broken)
    report.add("doctor.server_entry", error.message, error.next);
  for (const ConfigError& note : loaded.notes)
    report.add("doctor.config_ignored", note.message, note.next);
  examine_pins(config, report);
  examine_bridges(config, report);
  if (!patient.config_good) return;
  report.add(
      "doctor.config",
      fmt::format(
          "{}: {}, {}, {}", places.config_file, grouped(config.servers.size(), "server"),
          grouped(config.policy.deny.size() + config.policy.ask.size() + config.policy.allow.size(),
                  "rule"),
          grouped(config.profiles.size(), "profile")));
  if (config.servers.empty())
    report.add("doctor.config_empty", "no server is configured",
               "callgate import --dry-run\nor write a server into " + places.config_file);
}

void examine_rules(const Patient& patient, DoctorReport& report) {
  if (!patient.config_good) return;
  std::vector<KeptTools> kept = kept_tools(patient.places.state_dir, Micros{0});
  // If examine_servers() has just started a server, use its new lists instead of the stored ones.
  std::erase_if(kept, [&](const KeptTools& old) {
    return std::any_of(patient.tools.begin(), patient.tools.end(),
                       [&old](const KeptTools& now) { return now.server == old.server; });
  });
  kept.insert(kept.end(), patient.tools.begin(), patient.tools.end());
  for (const RuleNote& note : notes_on_arguments(patient.config, kept))
    report.add("doctor.rule_argument", fmt::format("line {}: {}", note.line, note.text),
               "callgate policy check");
}

}  // namespace callgate
