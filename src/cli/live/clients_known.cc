#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "callgate/app/tokens.h"
#include "callgate/store/client_states.h"
#include "callgate/store/history.h"
#include "cli/text/time_text.h"
#include "clients.h"

namespace callgate {

namespace {

using Kind = ClientState::Kind;

constexpr std::chrono::hours kRemembered{30 * 24};
constexpr size_t kMostPast = 10'000;

Result<std::vector<PastClient>> past_clients(const Places& places) {
  std::vector<PastClient> past;
  auto history = History::open(places.database());
  if (!history && history.error().code == "history.none") return past;
  if (!history) return history.error();
  const std::string since = format_wall(wall_now() - Micros(kRemembered));
  // If a query has exactly one max(), SQLite takes the plain columns from the row with the maximum.
  // So the columns for version, program and profile are from the client's newest session.
  const auto rows = (*history)->sql(
      fmt::format(
          "select client, client_version, client_exe, profile, max(at), count(*) from "
          "sessions where at >= '{}' and (client <> '' or protocol <> '') group by client order "
          "by max(at) desc",
          since),
      kMostPast);
  if (!rows) return rows.error();
  for (const auto& row : rows->rows) {
    if (row.size() != 6) continue;
    past.push_back({row[0].value_or(""), row[1].value_or(""), row[2].value_or(""),
                    row[3].value_or(""), row[4].value_or(""),
                    std::strtoll(row[5].value_or("0").c_str(), nullptr, 10)});
  }
  return past;
}

}  // namespace

Result<KnownClients> known_clients(const Places& places) {
  KnownClients known;
  known.gates = find_gates(places.state_dir);
  auto past = past_clients(places);
  if (!past) return past.error();
  known.past = std::move(*past);
  auto states = read_client_states(places.database());
  if (!states) return states.error();
  known.states = std::move(*states);
  known.tokens.push_back("default");
  const auto tokens = read_named_tokens(named_tokens_file(places.state_dir));
  if (!tokens) return tokens.error();
  for (const NamedToken& token : *tokens) known.tokens.push_back(token.name);
  return known;
}

const ClientState* state_of(const KnownClients& known, Kind kind, const std::string& name) {
  for (const ClientState& state : known.states)
    if (state.kind == kind && state.name == name && !name.empty()) return &state;
  return nullptr;
}

const ClientState* state_of(const KnownClients& known, const GateSession& session) {
  const ClientState* strictest = nullptr;
  for (const ClientState* state :
       {state_of(known, Kind::Client, session.client), state_of(known, Kind::Token, session.token),
        state_of(known, Kind::Session, session.id)})
    if (state && (!strictest || state->state == ClientState::State::Revoked)) strictest = state;
  return strictest;
}

std::vector<Kind> kinds_of(const KnownClients& known, const std::string& name) {
  std::set<Kind> kinds;
  for (const RunningGate& process : known.gates.processes) {
    for (const GateSession& session : process.sessions) {
      if (session.client == name) kinds.insert(Kind::Client);
      if (session.id == name) kinds.insert(Kind::Session);
    }
  }
  for (const PastClient& past : known.past)
    if (past.client == name) kinds.insert(Kind::Client);
  for (const std::string& token : known.tokens)
    if (token == name) kinds.insert(Kind::Token);
  for (const ClientState& state : known.states)
    if (state.name == name) kinds.insert(state.kind);
  return {kinds.begin(), kinds.end()};
}

std::vector<std::string> names_of(const KnownClients& known) {
  std::set<std::string> names(known.tokens.begin(), known.tokens.end());
  for (const RunningGate& process : known.gates.processes) {
    for (const GateSession& session : process.sessions) {
      names.insert(session.client);
      names.insert(session.id);
    }
  }
  for (const PastClient& past : known.past) names.insert(past.client);
  for (const ClientState& state : known.states) names.insert(state.name);
  return {names.begin(), names.end()};
}

}  // namespace callgate
