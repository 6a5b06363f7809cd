// Who is known: sessions that live now, clients that the record remembers, tokens, and who of them
// is paused or revoked.
#pragma once

#include <string>
#include <vector>

#include "callgate/record/client_state.h"
#include "gates.h"

namespace callgate {

/// A client that is gone: its sessions of the last 30 days.
struct PastClient {
  std::string client, version, exe, profile, last_seen;  ///< of the newest; RFC 3339
  int64_t sessions = 0;
};

struct KnownClients {
  Gates gates;
  std::vector<PastClient> past;
  std::vector<ClientState> states;
  std::vector<std::string> tokens;  ///< "default" too
};

Result<KnownClients> known_clients(const Places& places);
/// "paused" or "revoked"; null: neither.
const ClientState* state_of(const KnownClients& known, const GateSession& session);
const ClientState* state_of(const KnownClients& known, ClientState::Kind kind,
                            const std::string& name);
/// All things that are called so: a client, a token, a session.
std::vector<ClientState::Kind> kinds_of(const KnownClients& known, const std::string& name);
/// Every name that kinds_of() knows.
std::vector<std::string> names_of(const KnownClients& known);

}  // namespace callgate
