// Collects the known clients: sessions that gate processes report, clients of the last 30 days in
// the record, tokens, and the clients, tokens and sessions that are paused or revoked.
#pragma once

#include <string>
#include <vector>

#include "callgate/record/client_state.h"
#include "cli/gates/gates.h"

namespace callgate {

/// A client that had sessions in the last 30 days, according to the record.
struct PastClient {
  /// The values are from the client's newest session. `last_seen` is an RFC 3339 time.
  std::string client, version, exe, profile, last_seen;
  int64_t sessions = 0;
};

struct KnownClients {
  Gates gates;
  std::vector<PastClient> past;
  std::vector<ClientState> states;
  std::vector<std::string> tokens;  ///< names, including "default"
};

Result<KnownClients> known_clients(const Places& places);
/// Returns the state of the session, of its client or of its token. If several are paused or
/// revoked, a revoked state has precedence over a paused state. Returns nullptr if none of the
/// three is paused or revoked.
const ClientState* state_of(const KnownClients& known, const GateSession& session);
const ClientState* state_of(const KnownClients& known, ClientState::Kind kind,
                            const std::string& name);
/// Returns the kinds under which `name` is known: client, token, session. There may be several
/// kinds.
std::vector<ClientState::Kind> kinds_of(const KnownClients& known, const std::string& name);
/// Returns the names of all known clients, tokens and sessions, for suggestions.
std::vector<std::string> names_of(const KnownClients& known);

}  // namespace callgate
