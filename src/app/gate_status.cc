// Writes the status of a gate process: its sessions, its servers, its record.
#include <algorithm>
#include <map>

#include "app/process/process_info.h"
#include "app/process/process_memory.h"
#include "callgate/wire/writer.h"
#include "gate_control.h"

namespace callgate {

namespace {

constexpr size_t kMostSessions = 1000;  // the status lists at most this many sessions

void write_process(JsonWriter& json, const ClientFacts& facts) {
  const ObservedProcess& process = facts.process;
  json.key("pid").integer(process.pid).key("exe").string(process.exe);
  json.key("start").string(process.start).key("cwd").string(process.cwd);
  json.key("user").string(process.user).key("peer").string(facts.peer);
  json.key("parents").strings(process.parents);
}

int64_t micros(Micros at) { return at.count(); }

}  // namespace

void GateControl::write_sessions(JsonWriter& json,
                                 const std::vector<SessionStatus>& sessions) const {
  for (size_t i = 0; i < std::min(sessions.size(), kMostSessions); ++i) {
    const SessionStatus& session = sessions[i];
    json.begin_object().key("id").string(session_id(session.number));
    json.key("client").begin_object().key("name").string(session.client_name);
    json.key("version").string(session.client_version);
    write_process(json, session.facts);
    json.end_object();
    json.key("profile").string(session.facts.profile).key("token").string(session.facts.token);
    json.key("protocol").string(session.protocol);
    json.key("since_us").integer(micros(session.since));
    json.key("dropped").integer(static_cast<int64_t>(session.dropped));
    json.key("open_requests").integer(static_cast<int64_t>(session.open_requests)).end_object();
  }
}

void GateControl::write_servers(JsonWriter& json) const {
  const std::vector<ServerStatus> all = parts_.gate.servers();
  std::map<std::string, int64_t> running;
  for (const ServerStatus& child : all)
    if (child.runs()) ++running[child.name];
  for (const ServerStatus& server : all) {
    if (!is_shown(server)) continue;
    json.begin_object().key("name").string(server.name).key("state").string(state_word(server));
    json.key("why")
        .string(server.why.empty() ? server.list_why : server.why.text())
        .key("pid")
        .integer(server.pid);
    json.key("url").string(server.url).key("account").string(server.account);
    json.key("since_us").integer(server.runs() ? micros(server.since) : 0);
    json.key("starts").integer(static_cast<int64_t>(server.starts));
    json.key("memory_bytes").integer(static_cast<int64_t>(resident_bytes_of_server(server.pid)));
    json.key("noise").integer(static_cast<int64_t>(server.noise));
    json.key("noise_line").string(server.noise_line);
    json.key("children").integer(running[server.name]);
    json.key("sessions").integer(static_cast<int64_t>(server.sessions));
    json.key("sharing").string(server.sharing);
    json.key("dropped").integer(static_cast<int64_t>(server.dropped));
    json.key("tools").integer(static_cast<int64_t>(server.tools));
    json.key("prompts").integer(static_cast<int64_t>(server.prompts));
    json.key("resources").integer(static_cast<int64_t>(server.resources)).end_object();
  }
}

std::string GateControl::status() const {
  JsonWriter json;
  json.begin_object().key("pid").integer(parts_.run.pid).key("how").string(parts_.options.how);
  json.key("version").string(parts_.run.version).key("config").string(parts_.run.config);
  json.key("config_error");
  const std::optional<Error>& refused = parts_.reloader.failure();
  refused ? json.string(refused->text()) : json.null();
  json.key("urls").strings(parts_.options.urls);
  json.key("waiting_servers").strings(parts_.reloader.waiting());
  json.key("run").integer(parts_.recorder.run()).key("since_us").integer(micros(started_));
  json.key("memory_bytes").integer(static_cast<int64_t>(resident_bytes(parts_.run.pid)));
  json.key("record").begin_object().key("waiting");
  json.integer(static_cast<int64_t>(parts_.recorder.lag())).key("error");
  const std::optional<Error> failure = parts_.recorder.failure();
  failure ? json.string(failure->text()) : json.null();
  json.end_object().key("unreadable").integer(static_cast<int64_t>(parts_.gate.unreadable()));
  const std::vector<SessionStatus> sessions = parts_.gate.sessions();
  json.key("sessions_total").integer(static_cast<int64_t>(sessions.size()));
  json.key("sessions").begin_array();
  write_sessions(json, sessions);
  json.end_array().key("servers").begin_array();
  write_servers(json);
  return json.end_array().end_object().take();
}

}  // namespace callgate
