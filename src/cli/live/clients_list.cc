// `callgate clients list`: clients with open sessions and earlier clients, with their profiles and
// states.
#include <fmt/core.h>

#include <set>

#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/text/table.h"
#include "cli/text/time_text.h"
#include "clients.h"

namespace callgate {

namespace {

using Kind = ClientState::Kind;

/// A row of the list: an open session, or a client that has no open session.
struct Row {
  std::string client, version, exe, cwd, user, peer, profile, token, session, last_seen;
  std::vector<std::string> parents;
  int64_t pid = 0, gate = 0, sessions = 0;
  Micros since{};
  const ClientState* state = nullptr;
  bool live() const { return gate > 0; }
};

std::vector<Row> client_rows(const KnownClients& known) {
  std::vector<Row> rows;
  std::set<std::string> live;
  for (const RunningGate& process : known.gates.processes) {
    for (const GateSession& session : process.sessions) {
      live.insert(session.client);
      rows.push_back({.client = session.client,
                      .version = session.version,
                      .exe = session.exe,
                      .cwd = session.cwd,
                      .user = session.user,
                      .peer = session.peer,
                      .profile = session.profile,
                      .token = session.token,
                      .session = session.id,
                      .last_seen = "",
                      .parents = session.parents,
                      .pid = session.pid,
                      .gate = process.pid,
                      .since = session.since,
                      .state = state_of(known, session)});
    }
  }
  for (const PastClient& past : known.past) {
    if (live.insert(past.client).second)
      rows.push_back({.client = past.client,
                      .version = past.version,
                      .exe = past.exe,
                      .profile = past.profile,
                      .last_seen = past.last_seen,
                      .sessions = past.sessions,
                      .state = state_of(known, Kind::Client, past.client)});
  }
  // Paused and revoked clients are listed even if they had no session in the last 30 days, so that
  // the user sees their state and its reason.
  for (const ClientState& state : known.states)
    if (state.kind == Kind::Client && live.insert(state.name).second)
      rows.push_back({.client = state.name, .state = &state});
  return rows;
}

void write_or_null(JsonWriter& json, const char* key, const std::string& text) {
  json.key(key);
  text.empty() ? json.null() : json.string(text);
}

std::string client_row_json(const Row& row) {
  JsonWriter json;
  json.begin_object().key("client").string(row.client).key("version").string(row.version);
  json.key("live").boolean(row.live());
  write_or_null(json, "session", row.session);
  json.key("pid");
  row.pid > 0 ? json.integer(row.pid) : json.null();
  write_or_null(json, "exe", row.exe);
  write_or_null(json, "cwd", row.cwd);
  write_or_null(json, "user", row.user);
  write_or_null(json, "peer", row.peer);
  json.key("parents").strings(row.parents);
  write_or_null(json, "profile", row.profile);
  write_or_null(json, "token", row.token);
  json.key("gate");
  row.live() ? json.integer(row.gate) : json.null();
  write_or_null(json, "since", row.live() ? format_wall(row.since) : "");
  write_or_null(json, "last_seen", row.last_seen);
  json.key("state").string(name(row.state ? row.state->state : ClientState::State::Active));
  write_or_null(json, "state_since", row.state ? format_wall(row.state->since) : "");
  write_or_null(json, "because", row.state ? row.state->because : "");
  return json.end_object().take();
}

Cell state_cell(const Row& row) {
  if (!row.state) return {row.live() ? "live" : "gone", row.live() ? Style::Green : Style::Dim, ""};
  return {name(row.state->state), Style::Red, ""};
}

/// Turns an RFC 3339 time into "2026-11-22 14:05".
std::string short_time(const std::string& at) {
  std::string text = at.substr(0, 16);
  if (text.size() > 10) text[10] = ' ';
  return text;
}

void print_rows(const std::vector<Row>& rows, const Screen& out) {
  const Micros now = wall_now();
  std::vector<std::vector<Cell>> cells;
  for (const Row& row : rows) {
    const std::string name = row.client.empty() ? "(not yet known)" : row.client;
    const std::string last_seen = row.live() ? ago(row.since, now) : short_time(row.last_seen);
    cells.push_back({{visible(name, Lines::Escaped), Style::Cyan, ""},
                     {visible(row.version, Lines::Escaped)},
                     state_cell(row),
                     {row.session},
                     {visible(row.profile, Lines::Escaped)},
                     {visible(row.token, Lines::Escaped)},
                     {row.pid > 0 ? std::to_string(row.pid) : ""},
                     {visible(row.exe.empty() ? row.peer : row.exe, Lines::Escaped)},
                     {visible(row.cwd, Lines::Escaped)},
                     {last_seen}});
  }
  print(render(out,
               {{.title = "client", .takes_rest = true, .at_least = 12},
                {.title = "version", .at_most = 16, .give_up = 4},
                {.title = "state"},
                {.title = "session"},
                {.title = "profile", .at_most = 20, .give_up = 1},
                {.title = "token", .at_most = 20, .give_up = 3},
                {.title = "pid", .align = Align::Right, .give_up = 5},
                {.title = "program or peer", .at_most = 40, .give_up = 6},
                {.title = "folder", .at_most = 30, .give_up = 7},
                {.title = "since", .give_up = 2}},
               std::move(cells)));
}

int run_clients_list(const Common& common) {
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  const Result<KnownClients> known = known_clients(*places);
  if (!known) return fail(known.error());
  const std::vector<Row> rows = client_rows(*known);
  if (common.json) {
    JsonWriter json;
    json.begin_object().key("clients").begin_array();
    for (const Row& row : rows) json.raw(client_row_json(row));
    print_json(json.end_array().end_object().take());
  } else if (common.jsonl) {
    for (const Row& row : rows) print_json(client_row_json(row));
  } else if (!rows.empty()) {
    print_rows(rows, screen(common));
  }
  if (print_errors(known->gates) > 0) return kFailed;
  if (!rows.empty()) return kDone;
  if (!common.quiet) print_message("no client has a session, and none had one in the last 30 days");
  return kNothingFound;
}

}  // namespace

Run add_clients_list(Syntax&) { return run_clients_list; }

}  // namespace callgate
