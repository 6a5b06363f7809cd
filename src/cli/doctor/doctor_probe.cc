#include "doctor_probe.h"

#include <fmt/core.h>

#include <algorithm>

#include "callgate/wire/writer.h"
#include "cli/text/time_text.h"

namespace callgate {

namespace {

using State = ServerStatus::State;

constexpr Millis kSlow{10'000};

std::string time_if_known(const std::optional<Millis>& time) {
  return time ? duration_text(Nanos(*time)) : "";
}

}  // namespace

void check_probe(const Probe& probe, Millis limit, const std::string& hint, DoctorReport& report) {
  const ServerStatus& server = probe.status;
  const std::string who = fmt::format("server '{}'", server.name);
  if (server.noise > 0)
    report.add("doctor.server_noise",
               fmt::format("{} wrote {} to its standard output that no client could read; callgate "
                           "skipped this output",
                           who, grouped(server.noise, "line")),
               "let the server log to standard error", server.noise_line);
  if (probe.why.error.code.starts_with("config.")) return;  // examine_config() has reported this
  if (server.state == State::SignInRequired)
    return report.add("doctor.sign_in", fmt::format("{} waits for a sign-in", who),
                      server.why.error.message);
  if (server.state == State::Waiting || server.state == State::Suspended || !probe.why.empty()) {
    const Error& error = probe.why.error;
    return report.add(
        error.code == "child.not_found" ? "doctor.command_missing" : "doctor.server_failed",
        fmt::format("{} {}", who, error.message),
        (error.next.empty() ? "run the server's command in a terminal and read the output"
                            : error.next) +
            hint,
        probe.why.stderr_tail);
  }
  if (server.state != State::Ready)
    return report.add("doctor.server_late",
                      fmt::format("{} {} within {}", who,
                                  probe.initialized ? "answered, but has not returned its lists"
                                                    : "has not answered",
                                  duration_text(Nanos(limit))),
                      fmt::format("give the server more time: callgate doctor --wait {}s",
                                  std::max<int64_t>(120, 2 * limit.count() / 1000)) +
                          hint,
                      probe.why.stderr_tail);
  if (!server.list_why.empty())
    return report.add(
        "doctor.server_failed", fmt::format("{} runs, but {}", who, server.list_why),
        "clients see the server's earlier lists; look at what the server writes to standard error" +
            hint,
        probe.why.stderr_tail);
  if (server.tools + server.prompts + server.resources == 0)
    report.add("doctor.server_empty", fmt::format("{} offers nothing", who));
  if (probe.ready > kSlow)
    report.add(
        "doctor.server_slow", fmt::format("{} took {} to start", who, time_if_known(probe.ready)),
        "install one specific version, so that the program need not be fetched at each start");
  report.add(
      "doctor.server",
      fmt::format("{}: ready after {} ({} to answer, {} for its lists), {}, {}, {}", server.name,
                  time_if_known(probe.ready), time_if_known(probe.initialized),
                  time_if_known(*probe.ready - *probe.initialized), grouped(server.tools, "tool"),
                  grouped(server.prompts, "prompt"), grouped(server.resources, "resource")));
}

std::string probe_fact(const Probe& probe, const DoctorReport& report) {
  const ServerStatus& server = probe.status;
  const auto integer = [](JsonWriter& json, const char* key, const std::optional<Millis>& time) {
    json.key(key);
    time ? json.integer(time->count()) : json.null();
  };
  JsonWriter json;
  json.begin_object().key("name").string(server.name).key("state").string(state_word(server));
  json.key("why")
      .string(report.safe(probe.why.error.message))
      .key("stderr_tail")
      .string(report.safe(probe.why.stderr_tail));
  integer(json, "initialize_ms", probe.initialized);
  integer(json, "ready_ms", probe.ready);
  json.key("noise").integer(static_cast<int64_t>(server.noise));
  json.key("tools").integer(static_cast<int64_t>(server.tools));
  json.key("prompts").integer(static_cast<int64_t>(server.prompts));
  json.key("resources").integer(static_cast<int64_t>(server.resources));
  return json.end_object().take();
}

std::string running_fact(const RunningServer& running, const DoctorReport& report) {
  const GateServer& server = running.server;
  JsonWriter json;
  json.begin_object().key("name").string(server.name).key("state").string(server.state);
  json.key("why").string(report.safe(server.why)).key("stderr_tail").string("");
  json.key("gate").integer(running.gate).key("initialize_ms").null().key("ready_ms").null();
  json.key("noise").integer(server.noise).key("tools").integer(server.tools);
  json.key("prompts").integer(server.prompts).key("resources").integer(server.resources);
  return json.end_object().take();
}

void check_running(const RunningServer& running, DoctorReport& report) {
  const GateServer& server = running.server;
  const auto items = [](int64_t count, const char* one) {
    return grouped(static_cast<size_t>(std::max<int64_t>(0, count)), one);
  };
  if (!server.why.empty())
    return report.add("doctor.server_failed",
                      fmt::format("server '{}' runs in the gate process {}, but {}", server.name,
                                  running.gate, server.why),
                      fmt::format("callgate servers logs {}", server.name));
  report.add(
      "doctor.server",
      fmt::format("{}: {} in the gate process {}, so doctor did not start this server; {}, {}, {}",
                  server.name, server.state, running.gate, items(server.tools, "tool"),
                  items(server.prompts, "prompt"), items(server.resources, "resource")));
}

}  // namespace callgate
