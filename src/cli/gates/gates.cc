#include "gates.h"

#include "callgate/wire/writer.h"

namespace callgate {

namespace {

int64_t count_in(Value object, const char* key) { return object.find(key).integer().value_or(0); }

GateSession session_in(Value value) {
  const Value client = value.find("client");
  std::vector<std::string> parents;
  for (const Value each : client.find("parents")) parents.push_back(each.text());
  return {.id = value.find("id").text(),
          .client = client.find("name").text(),
          .version = client.find("version").text(),
          .exe = client.find("exe").text(),
          .cwd = client.find("cwd").text(),
          .user = client.find("user").text(),
          .peer = client.find("peer").text(),
          .profile = value.find("profile").text(),
          .token = value.find("token").text(),
          .protocol = value.find("protocol").text(),
          .parents = std::move(parents),
          .pid = count_in(client, "pid"),
          .open_requests = count_in(value, "open_requests"),
          .dropped = count_in(value, "dropped"),
          .since = Micros(count_in(value, "since_us"))};
}

GateServer running_server_in(Value value) {
  return {.name = value.find("name").text(),
          .state = value.find("state").text(),
          .why = value.find("why").text(),
          .noise_line = value.find("noise_line").text(),
          .sharing = value.find("sharing").text(),
          .url = value.find("url").text(),
          .account = value.find("account").text(),
          .pid = count_in(value, "pid"),
          .starts = count_in(value, "starts"),
          .memory = count_in(value, "memory_bytes"),
          .noise = count_in(value, "noise"),
          .dropped = count_in(value, "dropped"),
          .tools = count_in(value, "tools"),
          .prompts = count_in(value, "prompts"),
          .resources = count_in(value, "resources"),
          .children = count_in(value, "children"),
          .sessions = count_in(value, "sessions"),
          .since = Micros(count_in(value, "since_us"))};
}

RunningGate process_in(Value value) {
  RunningGate process{.pid = count_in(value, "pid"),
                      .run = count_in(value, "run"),
                      .memory = count_in(value, "memory_bytes"),
                      .waiting = count_in(value.find("record"), "waiting"),
                      .sessions_total = count_in(value, "sessions_total"),
                      .unreadable = count_in(value, "unreadable"),
                      .how = value.find("how").text(),
                      .version = value.find("version").text(),
                      .config = value.find("config").text(),
                      .config_error = value.find("config_error").text(),
                      .record_error = value.find("record").find("error").text(),
                      .waiting_servers = {},
                      .since = Micros(count_in(value, "since_us")),
                      .sessions = {},
                      .servers = {}};
  for (const Value each : value.find("waiting_servers"))
    process.waiting_servers.push_back(each.text());
  for (const Value each : value.find("sessions")) process.sessions.push_back(session_in(each));
  for (const Value each : value.find("servers")) process.servers.push_back(running_server_in(each));
  return process;
}

}  // namespace

std::string control_request(const std::string& ask, const std::string& server) {
  JsonWriter json;
  json.begin_object().key("ask").string(ask);
  if (!server.empty()) json.key("server").string(server);
  return json.end_object().take();
}

NotifiedGates notify_gates(const Places& places, const std::string& ask) {
  NotifiedGates all;
  for (const ControlAnswer& each : ask_gates(places.state_dir, Asked::All, control_request(ask))) {
    if (each.answer.ok()) {
      ++all.notified;
    } else {
      fail(each.answer.error());
      ++all.failed;
    }
  }
  return all;
}

Gates find_gates(const std::string& state_dir, Asked whom) {
  Gates gates;
  for (const ControlAnswer& each : ask_gates(state_dir, whom, control_request("status"))) {
    if (each.answer.ok()) {
      gates.processes.push_back(process_in(each.ok()));
    } else {
      gates.errors.push_back(each.answer.error());
    }
  }
  return gates;
}

size_t print_errors(const Gates& gates) {
  for (const Error& error : gates.errors) fail(error);
  return gates.errors.size();
}

}  // namespace callgate
