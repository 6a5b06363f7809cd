// Who is paused or revoked, and what that means for a session. Decided before any rule.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/gate/gate.h"

namespace callgate {

class Clients {
 public:
  void opened(SessionNumber session, ClientLink& link, const ClientFacts& facts);
  void closed(SessionNumber session);
  void set(std::vector<ClientState> states) { states_ = std::move(states); }
  /// Until set() says otherwise.
  void pause(SessionNumber session, Micros now, const std::string& because);

  /// Denies every call and question of a session that is paused or revoked; `client` is the name
  /// that it claims.
  std::optional<Decision> ruling(SessionNumber session, std::string_view client) const;
  /// Why its `initialize` is refused; empty: it is welcome.
  std::optional<std::string> refusal(SessionNumber session, std::string_view client) const;
  bool token_revoked(std::string_view token) const;
  /// To be ended, for it is revoked; null: it stays.
  ClientLink* to_end(SessionNumber session, std::string_view client) const;

 private:
  struct Known {
    ClientLink* link = nullptr;
    std::string token;
  };
  /// The strictest that holds; null: none.
  const ClientState* state_of(SessionNumber session, std::string_view client) const;

  std::vector<ClientState> states_;
  std::map<SessionNumber, Known> sessions_;
};

}  // namespace callgate
