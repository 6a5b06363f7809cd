// `callgate status`: shows the running gate processes, their sessions and their servers.
#include <fmt/core.h>

#include <map>

#include "callgate/base/text.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/gates/gates.h"
#include "cli/text/table.h"
#include "cli/text/time_text.h"

namespace callgate {

namespace {

std::string for_screen(const std::string& text) { return visible(text, Lines::Escaped); }

std::string memory_text(int64_t bytes) {
  return bytes > 0 ? bytes_text(static_cast<uint64_t>(bytes)) : "";
}

std::string time_json(Micros at) { return quote(format_wall(at)); }

void write_text_or_null(JsonWriter& json, const std::string& text) {
  text.empty() ? json.null() : json.string(text);
}

void write_session(JsonWriter& json, const GateSession& session) {
  json.begin_object().key("id").string(session.id).key("client").begin_object();
  json.key("name").string(session.client).key("version").string(session.version);
  json.key("pid").integer(session.pid).key("exe").string(session.exe).end_object();
  json.key("profile");
  write_text_or_null(json, session.profile);
  json.key("token");
  write_text_or_null(json, session.token);
  json.key("protocol").string(session.protocol).key("since").raw(time_json(session.since));
  json.key("open_requests").integer(session.open_requests);
  json.key("dropped").integer(session.dropped).end_object();
}

/// What the sharing of children saves, compared with a child for each session.
struct Saved {
  int64_t processes = 0, memory = 0;
};

Saved saved_by(const RunningGate& process) {
  Saved saved;
  for (const GateServer& server : process.servers) {
    if (server.pid == 0 || server.sessions < 2) continue;
    saved.processes += server.sessions - 1;
    saved.memory += (server.sessions - 1) * server.memory;
  }
  return saved;
}

std::string process_json(const RunningGate& process) {
  JsonWriter json;
  json.begin_object().key("pid").integer(process.pid).key("how").string(process.how);
  json.key("version").string(process.version).key("config").string(process.config);
  json.key("config_error");
  write_text_or_null(json, process.config_error);
  json.key("waiting_servers")
      .strings(process.waiting_servers)
      .key("run")
      .integer(process.run)
      .key("since")
      .raw(time_json(process.since));
  json.key("memory_bytes").integer(process.memory).key("record").begin_object();
  json.key("waiting").integer(process.waiting).key("error");
  write_text_or_null(json, process.record_error);
  json.end_object().key("unreadable").integer(process.unreadable);
  json.key("sessions_total").integer(process.sessions_total);
  const Saved saved = saved_by(process);
  json.key("saved").begin_object().key("children").integer(saved.processes);
  json.key("memory_bytes").integer(saved.memory).end_object();
  json.key("sessions").begin_array();
  for (const GateSession& session : process.sessions) write_session(json, session);
  json.end_array().key("servers").begin_array();
  for (const GateServer& server : process.servers) json.raw(server_json(server, process.pid));
  return json.end_array().end_object().take();
}

std::string sessions_table(const Screen& screen, const RunningGate& process) {
  const Micros now = wall_now();
  std::vector<std::vector<Cell>> cells;
  for (const GateSession& session : process.sessions) {
    const std::string name = session.client.empty() ? "(not yet known)" : session.client;
    cells.push_back({{"  " + session.id},
                     {for_screen(name + " " + session.version), Style::Cyan, ""},
                     {session.pid > 0 ? std::to_string(session.pid) : ""},
                     {for_screen(session.profile)},
                     {for_screen(session.token)},
                     {std::to_string(session.open_requests)},
                     {ago(session.since, now)}});
  }
  return render(screen,
                {{.title = "  session"},
                 {.title = "client", .takes_rest = true},
                 {.title = "pid", .align = Align::Right, .give_up = 3},
                 {.title = "profile", .at_most = 20, .give_up = 2},
                 {.title = "token", .at_most = 20, .give_up = 4},
                 {.title = "open", .align = Align::Right},
                 {.title = "since", .give_up = 1}},
                std::move(cells));
}

std::string numbered(int64_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

// For a gate process with several sessions: prints how many children each server has, and why.
void print_sharing(const RunningGate& process) {
  std::map<std::string, int64_t> sessions;
  for (const GateServer& server : process.servers) sessions[server.name] += server.sessions;
  for (const GateServer& server : process.servers) {
    const auto found = sessions.find(server.name);
    if (found == sessions.end()) continue;
    print(fmt::format("  {}: {} for {}; {}\n", for_screen(server.name),
                      numbered(server.children, "child", "children"),
                      numbered(found->second, "session", "sessions"), for_screen(server.sharing)));
    sessions.erase(found);
  }
  const Saved saved = saved_by(process);
  if (saved.processes > 0)
    print(fmt::format("  sharing saves {} and about {} of memory\n",
                      numbered(saved.processes, "child", "children"), memory_text(saved.memory)));
}

void print_process(const RunningGate& process, const Common& common) {
  const Screen out = screen(common);
  const std::string waiting =
      process.waiting > 0 ? fmt::format("{} {} for the disk",
                                        grouped(static_cast<uint64_t>(process.waiting), "event"),
                                        process.waiting == 1 ? "waits" : "wait")
                          : "nothing waits for the disk";
  print(fmt::format("{} pid {}, up {}, {}, {}\n",
                    styled(out, Style::Bold, for_screen("callgate " + process.how)), process.pid,
                    ago(process.since, wall_now()), memory_text(process.memory), waiting));
  if (!process.config_error.empty())
    print("  configuration: " + styled(out, Style::Red, for_screen(process.config_error)) +
          "; the previous configuration stays in effect\n");
  if (!process.waiting_servers.empty())
    print("  configuration: " +
          styled(out, Style::Yellow,
                 "servers whose new configuration is not in effect: " +
                     for_screen(joined(process.waiting_servers))) +
          "; callgate reload lets the new configuration take effect\n");
  if (!process.record_error.empty())
    print("  record: " + styled(out, Style::Red, for_screen(process.record_error)) + "\n");
  if (process.unreadable > 0)
    print(
        fmt::format("  {} of clients could not be read and {} refused; the log has the reasons for "
                    "the first of these messages\n",
                    numbered(process.unreadable, "message", "messages"),
                    process.unreadable == 1 ? "was" : "were"));
  if (process.sessions.empty()) print("  no session\n");
  if (!process.sessions.empty()) print(sessions_table(out, process));
  if (process.sessions_total > static_cast<int64_t>(process.sessions.size()))
    print(fmt::format("  … {} sessions in all\n", process.sessions_total));
  if (!process.servers.empty()) print(servers_table(out, {process}));
  if (process.how == "serve" || process.sessions_total > 1) print_sharing(process);
}

int run_status(const Common& common) {
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  const Gates gates = find_gates(places->state_dir);
  if (common.json) {
    JsonWriter json;
    json.begin_object().key("processes").begin_array();
    for (const RunningGate& process : gates.processes) json.raw(process_json(process));
    print_json(json.end_array().end_object().take());
  } else {
    for (const RunningGate& process : gates.processes) {
      if (common.jsonl) {
        print_json(process_json(process));
        continue;
      }
      if (&process != &gates.processes.front()) print("\n");
      print_process(process, common);
    }
  }
  if (print_errors(gates) > 0) return kFailed;
  if (!gates.processes.empty()) return kDone;
  if (!common.quiet)
    print_message("no gate process runs; a client or callgate serve starts a gate process");
  return kNothingFound;
}

}  // namespace

Run add_status(Syntax&) { return run_status; }

}  // namespace callgate
