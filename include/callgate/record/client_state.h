// Whether a person has paused or revoked a client, a token or a session; also when and why. The
// record stores this state until a person changes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "callgate/base/time.h"

namespace callgate {

struct ClientState {
  enum class Kind : uint8_t { Client, Token, Session };
  enum class State : uint8_t { Active, Paused, Revoked };
  Kind kind{};
  std::string name;  ///< the claimed name, the token's name, or "RUN-SESSION"
  State state{};
  Micros since{};
  std::string because;  ///< who changed the state, and why
  bool operator==(const ClientState&) const = default;
};

const char* name(ClientState::Kind kind);    ///< "client", "token", "session"
const char* name(ClientState::State state);  ///< "active", "paused", "revoked"
std::optional<ClientState::Kind> client_kind(std::string_view name);
std::optional<ClientState::State> client_state(std::string_view name);

}  // namespace callgate
