#include "callgate/record/client_state.h"

namespace callgate {

const char* name(ClientState::Kind kind) {
  switch (kind) {
    case ClientState::Kind::Client:
      return "client";
    case ClientState::Kind::Token:
      return "token";
    case ClientState::Kind::Session:
      return "session";
  }
  return "";
}

const char* name(ClientState::State state) {
  switch (state) {
    case ClientState::State::Active:
      return "active";
    case ClientState::State::Paused:
      return "paused";
    case ClientState::State::Revoked:
      return "revoked";
  }
  return "";
}

std::optional<ClientState::Kind> client_kind(std::string_view word) {
  for (const auto kind :
       {ClientState::Kind::Client, ClientState::Kind::Token, ClientState::Kind::Session})
    if (word == name(kind)) return kind;
  return std::nullopt;
}

std::optional<ClientState::State> client_state(std::string_view word) {
  for (const auto state :
       {ClientState::State::Active, ClientState::State::Paused, ClientState::State::Revoked})
    if (word == name(state)) return state;
  return std::nullopt;
}

}  // namespace callgate
