// Starts servers once, sixteen at a time, and watches them until each is ready, has failed or has
// used up its time.
#include <stdlib.h>
#include <unistd.h>  // for mkdtemp on macOS

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <system_error>

#include "cli/gates/gate_run.h"
#include "cli/text/time_text.h"
#include "doctor_probe.h"

namespace callgate {

namespace {

using State = ServerStatus::State;

constexpr size_t kTailLines = 10;
// How often watch() waits again for servers that started late. There are at most 128 servers and
// sixteen start at a time, so the last ones start after seven others.
constexpr size_t kMoreWaits = 8;

/// A temporary state folder. Doctor uses it if no gate can be opened with the real state folder.
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

void note_states(GateRun& run, std::vector<Probe>& probes) {
  const std::vector<ServerStatus> all = run.gate().servers();
  const Micros now = wall_now();
  for (size_t i = 0; i < probes.size() && i < all.size(); ++i) {
    Probe& probe = probes[i];
    if (!probe.began && all[i].pid > 0) probe.began = all[i].since;
    const Millis since = std::chrono::duration_cast<Millis>(now - probe.began.value_or(now));
    const State state = all[i].state;
    const bool up = state == State::Listing || state == State::Ready;
    if (up && !probe.initialized) probe.initialized = since;
    if (state == State::Ready && !probe.ready) probe.ready = since;
    const bool down =
        state == State::Waiting || state == State::Suspended || state == State::SignInRequired;
    if (down && probe.why.empty()) probe.why = all[i].why;
    probe.status = all[i];
  }
}

/// Returns the time for which servers that are neither ready nor failed may still start. Each
/// server has the time `wait`, counted from its own start. Only sixteen servers start at a time, so
/// some start late.
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

/// Returns the last kTailLines lines of a text.
std::string last_lines(const std::string& text) {
  size_t from = text.size() - (text.ends_with('\n') ? 1 : 0);
  for (size_t lines = 0; lines < kTailLines && from > 0 && from != std::string::npos; ++lines)
    from = text.rfind('\n', from - 1);
  return from == std::string::npos || from == 0 ? text : text.substr(from + 1);
}

std::vector<Probe> watch(GateRun& run, const Config& config, Millis wait) {
  std::vector<Probe> probes(static_cast<size_t>(
      std::count_if(config.servers.begin(), config.servers.end(),
                    [](const ServerConfig& server) { return !server.disabled; })));
  const auto visit = [&] { note_states(run, probes); };
  run.client().settle(wait, visit);
  visit();
  for (size_t more = 0; more < kMoreWaits && !run.interrupted(); ++more) {
    const Millis rest = time_left(probes, wait);
    if (rest <= Millis::zero()) break;
    run.client().settle(rest, visit);
    visit();
  }
  for (size_t i = 0; i < probes.size(); ++i)
    if (probes[i].why.empty() && !probes[i].ready)
      probes[i].why.stderr_tail = last_lines(run.process().stderr_of(static_cast<ChildIndex>(i)));
  return probes;
}

}  // namespace

Status probe_servers(const Config& config, const Patient& patient,
                     const std::vector<std::string>& withheld, DoctorReport& report,
                     const ProbeVisitor& visit) {
  auto run = GateRun::open(config, patient.places, GateRun::Purpose::Inspect, withheld);
  // A gate can't be opened with a damaged record, for example. In this case, open the gate with a
  // temporary state folder, so that the servers are examined anyway.
  const TemporaryFolder folder;
  if (!run && !folder.path().empty()) {
    Places places = patient.places;
    places.state_dir = folder.path();
    run = GateRun::open(config, places, GateRun::Purpose::Inspect, withheld);
  }
  if (!run) return run.error();
  const std::vector<Probe> probes = watch(**run, config, patient.wait);
  report.hide_with((*run)->process().masker());
  visit(**run, probes);
  run->reset();
  return {};
}

}  // namespace callgate
