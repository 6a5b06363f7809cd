// The known clients: open sessions, clients of the record, tokens, and which of them are paused or
// revoked.
#pragma once

#include <string>
#include <vector>

#include "callgate/record/client_state.h"
#include "gates.h"

namespace callgate {

/// A client that had sessions in the last 30 days, according to the record.
struct PastClient {
  std::string client, version, exe, profile, last_seen;  ///< of its newest session; RFC 3339
  int64_t sessions = 0;
};

struct KnownClients {
  Gates gates;
  std::vector<PastClient> past;
  std::vector<ClientState> states;
  std::vector<std::string> tokens;  ///< names, including "default"
};

Result<KnownClients> known_clients(const Places& places);
/// Returns the state of the session's client, token or id: revoked before paused. Returns nullptr
/// if none of them is paused or revoked.
const ClientState* state_of(const KnownClients& known, const GateSession& session);
const ClientState* state_of(const KnownClients& known, ClientState::Kind kind,
                            const std::string& name);
/// Returns what `name` may refer to: a client, a token, a session. Several are possible.
std::vector<ClientState::Kind> kinds_of(const KnownClients& known, const std::string& name);
/// Returns every name for which kinds_of() returns something.
std::vector<std::string> names_of(const KnownClients& known);

}  // namespace callgate
