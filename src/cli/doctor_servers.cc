// Servers: each started once, sixteen at a time, and asked for its lists; then what their tools
// take of a client's context.
#include <fmt/core.h>
#include <stdlib.h>
#include <unistd.h>  // where macOS has mkdtemp

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <system_error>

#include "callgate/app/program_search.h"
#include "callgate/base/text.h"
#include "callgate/desktop/clients.h"
#include "callgate/desktop/used_variables.h"
#include "callgate/wire/writer.h"
#include "doctor.h"
#include "doctor_probe.h"
#include "doctor_tools.h"
#include "gateway_run.h"
#include "time_text.h"

namespace callgate {

namespace {

using State = ServerStatus::State;

constexpr size_t kTailLines = 10;
constexpr size_t kMoreWaits = 8;  // sixteen servers start at a time, and there are at most 128
constexpr std::string_view kTailMark = "; its last lines: ";  // as the gate says them

/// A folder for a gate that must do without the real one.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::error_code error;
    path_ = (std::filesystem::temp_directory_path(error) / "callgate-doctor-XXXXXX").string();
    if (error || ::mkdtemp(path_.data()) == nullptr) path_.clear();
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void note_states(GatewayRun& run, std::vector<Probe>& probes) {
  const std::vector<ServerStatus> all = run.gate().servers();
  const Micros now = wall_now();
  for (size_t i = 0; i < probes.size() && i < all.size(); ++i) {
    Probe& probe = probes[i];
    if (!probe.began) probe.began = run.gateway().up_since(static_cast<ChildIndex>(i));
    const Millis since = std::chrono::duration_cast<Millis>(now - probe.began.value_or(now));
    const State state = all[i].state;
    const bool up = state == State::Listing || state == State::Ready;
    if (up && !probe.initialized) probe.initialized = since;
    if (state == State::Ready && !probe.ready) probe.ready = since;
    const bool down = state == State::Waiting || state == State::Parked;
    if (down && probe.why.empty()) probe.why = all[i].why;
    probe.status = all[i];
  }
}

/// "WHY (CODE); NEXT", as Error::text() has it.
void split_error(Probe& probe) {
  const size_t close = probe.why.find("); ");
  const size_t open = close == std::string::npos ? close : probe.why.rfind(" (", close);
  if (open == std::string::npos) return;
  const std::string code = probe.why.substr(open + 2, close - open - 2);
  if (code.find('.') == std::string::npos || code.find(' ') != std::string::npos) return;
  probe.code = code;
  probe.next = probe.why.substr(close + 3);
  probe.why.resize(open);
}

/// So many start at once that the time of the last ones may have only begun.
Millis time_left(const std::vector<Probe>& probes, Millis wait) {
  Millis left{};
  const Micros now = wall_now();
  for (const Probe& probe : probes) {
    if (probe.ready || !probe.why.empty()) continue;
    const Millis own = std::chrono::duration_cast<Millis>(now - probe.began.value_or(now));
    left = std::max(left, wait - own);
  }
  return left;
}

void split_reasons(std::vector<Probe>& probes) {
  for (Probe& probe : probes) {
    const size_t mark = probe.why.find(kTailMark);
    if (mark != std::string::npos) {
      probe.tail = probe.why.substr(mark + kTailMark.size());
      probe.why.resize(mark);
    }
    split_error(probe);
  }
}

/// The last lines of a text: at most kTailLines.
std::string last_lines(const std::string& text) {
  size_t from = text.size() - (text.ends_with('\n') ? 1 : 0);
  for (size_t lines = 0; lines < kTailLines && from > 0 && from != std::string::npos; ++lines)
    from = text.rfind('\n', from - 1);
  return from == std::string::npos || from == 0 ? text : text.substr(from + 1);
}

const ServerConfig* find_server(const Config& config, const std::string& name) {
  for (const ServerConfig& server : config.servers)
    if (server.name == name) return &server;
  return nullptr;
}

/// What it may lack of this environment; an empty line if nothing.
std::string variables_hint(const ServerConfig* config, const Machine& machine) {
  if (config == nullptr) return "";
  const std::vector<std::string> missed = variables_missed(*config, machine.set);
  if (missed.empty()) return "";
  std::string list;
  for (const std::string& name : missed) list += (list.empty() ? "" : ", ") + quote(name);
  return fmt::format(
      "\n{} set here, and the server does not get {}; if it reads {}: \"env_pass\": [{}]",
      joined(missed) + (missed.size() == 1 ? " is" : " are"), missed.size() == 1 ? "it" : "them",
      missed.size() == 1 ? "it" : "them", list);
}

/// Ourselves as our own server would never end.
Config without_ourselves(const Patient& patient, DoctorReport& report) {
  Config config = patient.config;
  config.record.durability = RecordConfig::Durability::Off;
  config.record.mask = true;  // whatever the record keeps, a report holds no secret
  std::erase_if(config.servers, [&](const ServerConfig& server) {
    if (!patient.ourselves.contains(server.name)) return false;
    report.add("doctor.server_recursive",
               fmt::format("server '{}' would start callgate inside callgate", server.name),
               fmt::format("remove it from {}", patient.places.config_file));
    return true;
  });
  return config;
}

/// Items that clients would refuse as the server gave them, with all others of their list.
void tell_items(const std::vector<ItemReport>& items, DoctorReport& report) {
  std::map<std::string, std::string> by_server;
  std::map<std::string, size_t> counts;
  for (const ItemReport& item : items) {
    if (++counts[item.server] > kTailLines) continue;
    std::string what = item.hidden.empty() ? "" : "hidden: " + item.hidden;
    for (const std::string& change : item.changes) what += (what.empty() ? "" : "; ") + change;
    by_server[item.server] += fmt::format("{} {}: {}\n", item.list, item.name, what);
  }
  for (const auto& [server, lines] : by_server)
    report.add("doctor.tool_fault",
               fmt::format("server '{}': {} of its lists had to be mended or hidden, as clients "
                           "refuse a list for them",
                           server, grouped(counts[server], "item")),
               "tell its author", lines);
}

void probe_all(Patient& patient, const Config& config, const LeftAlone& left, GatewayRun& run,
               const Screen& screen, DoctorReport& report) {
  std::vector<Probe> probes(static_cast<size_t>(
      std::count_if(config.servers.begin(), config.servers.end(),
                    [](const ServerConfig& server) { return !server.disabled; })));
  const auto look = [&] { note_states(run, probes); };
  run.client().settle(patient.wait, look);
  look();
  for (size_t more = 0; more < kMoreWaits && !run.interrupted(); ++more) {
    const Millis rest = time_left(probes, patient.wait);
    if (rest <= Millis::zero()) break;
    run.client().settle(rest, look);
    look();
  }
  report.hide_with(run.gateway().masker());
  for (size_t i = 0; i < probes.size(); ++i)
    if (probes[i].why.empty() && !probes[i].ready)
      probes[i].tail = last_lines(run.gateway().stderr_of(static_cast<ChildIndex>(i)));
  split_reasons(probes);
  JsonWriter json;
  json.begin_array();
  std::set<std::string> ready;
  const Machine machine = this_machine(patient.places.home);
  for (const Probe& probe : probes) {
    if (const auto running = left.running.find(probe.status.name); running != left.running.end()) {
      judge_running(running->second, report);
      json.raw(running_fact(running->second, report));
      ready.insert(probe.status.name);
      continue;
    }
    judge_probe(probe, patient.wait,
                variables_hint(find_server(config, probe.status.name), machine), report);
    json.raw(probe_fact(probe, report));
    if (probe.status.state == State::Ready) ready.insert(probe.status.name);
  }
  report.fact("servers", json.end_array().take());
  std::vector<ToolView> tools = run.gate().tools("");
  // What is known of the others is of an earlier run.
  std::erase_if(tools, [&](const ToolView& tool) { return !ready.contains(tool.server); });
  patient.tools = tools_by_server(tools);
  examine_tools(patient, tools, screen, report);
  tell_items(run.gate().item_faults(), report);
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
               "PATH has the system's folders only, and a login shell is not asked for more",
               "set \"gateway\": {\"login_path\": \"auto\"}");
}

}  // namespace

void examine_servers(Patient& patient, const Screen& screen, DoctorReport& report) {
  if (patient.config.servers.empty()) return;
  examine_path(patient, report);
  Config config = without_ourselves(patient, report);
  if (!patient.config_good)
    return report.add("doctor.servers_unprobed",
                      "no server was started, as the configuration has errors");
  if (patient.quick)
    return report.add("doctor.servers_unprobed", "no server was started", "callgate doctor");
  const LeftAlone left = leave_alone(config, patient.places);
  auto run = GatewayRun::open(config, patient.places, GatewayRun::Purpose::Look);
  // A record that is no good keeps a gate from starting, but not from being looked at.
  const TemporaryFolder folder;
  if (!run && !folder.path().empty()) {
    Places places = patient.places;
    places.state_dir = folder.path();
    run = GatewayRun::open(config, places, GatewayRun::Purpose::Look);
  }
  if (!run)
    return report.add("doctor.servers_unprobed",
                      fmt::format("no server was started: {}", run.error().message),
                      run.error().next);
  probe_all(patient, config, left, **run, screen, report);
  run->reset();
}

}  // namespace callgate
