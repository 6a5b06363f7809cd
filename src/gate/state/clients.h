// Knows which clients are paused or revoked, and decides what their sessions may still do. The gate
// applies these decisions before any rule.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/gate/ports.h"
#include "callgate/policy/policy.h"
#include "callgate/record/client_state.h"

namespace callgate {

class Clients {
 public:
  void opened(SessionNumber session, ClientLink& link, const ClientFacts& facts);
  void closed(SessionNumber session);
  void set(std::vector<ClientState> states) { states_ = std::move(states); }
  /// Pauses the session until the next set(), which replaces all states, including this pause.
  void pause(SessionNumber session, Micros now, const std::string& because);

  /// Returns the decision that denies a call or question, if the session is paused or revoked.
  /// `client` is the name that the session claims.
  std::optional<Decision> decision(SessionNumber session, std::string_view client) const;
  /// Returns why the gate refuses the session, if its client, its token or the session itself is
  /// revoked. Empty otherwise.
  std::optional<std::string> refusal(SessionNumber session, std::string_view client) const;
  bool token_revoked(std::string_view token) const;
  /// Returns the link of a session that must end because it is revoked, otherwise nullptr.
  ClientLink* to_end(SessionNumber session, std::string_view client) const;

 private:
  struct Known {
    ClientLink* link = nullptr;
    std::string token;
  };
  /// Returns the strictest state that applies to the session, or nullptr if no state applies.
  const ClientState* state_of(SessionNumber session, std::string_view client) const;

  std::vector<ClientState> states_;
  std::map<SessionNumber, Known> sessions_;
};

}  // namespace callgate
