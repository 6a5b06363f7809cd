#include "clients.h"

namespace callgate {

namespace {

/// Returns "the client 'cursor' was paused at 2026-…Z by alice: REASON".
std::string stopped_words(const ClientState& state) {
  // The session's number in this run, which is the name here, would mean nothing to a person.
  std::string words = state.kind == ClientState::Kind::Session
                          ? "this session"
                          : std::string("the ") + name(state.kind) + " '" + state.name + "'";
  words += std::string(" was ") + name(state.state) + " at " + format_wall(state.since);
  return state.because.empty() ? words : words + " " + state.because;
}

}  // namespace

void Clients::opened(SessionNumber session, ClientLink& link, const ClientFacts& facts) {
  sessions_[session] = {.link = &link, .token = facts.token};
}

void Clients::pause(SessionNumber session, Micros now, const std::string& because) {
  states_.push_back({.kind = ClientState::Kind::Session,
                     .name = std::to_string(session),
                     .state = ClientState::State::Paused,
                     .since = now,
                     .because = because});
}

void Clients::closed(SessionNumber session) { sessions_.erase(session); }

const ClientState* Clients::state_of(SessionNumber session, std::string_view client) const {
  if (states_.empty()) return nullptr;
  const auto known = sessions_.find(session);
  std::string_view token;
  if (known != sessions_.end()) token = known->second.token;
  const std::string number = std::to_string(session);
  const ClientState* strictest = nullptr;
  for (const ClientState& state : states_) {
    const std::string_view mine = state.kind == ClientState::Kind::Client  ? client
                                  : state.kind == ClientState::Kind::Token ? token
                                                                           : number;
    if (state.state == ClientState::State::Active || mine.empty() || mine != state.name) continue;
    if (!strictest || state.state == ClientState::State::Revoked) strictest = &state;
  }
  return strictest;
}

std::optional<Decision> Clients::decision(SessionNumber session, std::string_view client) const {
  const ClientState* state = state_of(session, client);
  if (!state) return std::nullopt;
  return Decision{
      .permission = Permission::Deny,
      .rule = std::string("clients: ") + name(state->state),
      .because = stopped_words(*state) + "; a person can undo that with `callgate clients resume`"};
}

std::optional<std::string> Clients::refusal(SessionNumber session, std::string_view client) const {
  const ClientState* state = state_of(session, client);
  if (!state || state->state != ClientState::State::Revoked) return std::nullopt;
  return "callgate refuses this session: " + stopped_words(*state) +
         "; a person can undo that with `callgate clients resume`";
}

bool Clients::token_revoked(std::string_view token) const {
  for (const ClientState& state : states_)
    if (state.kind == ClientState::Kind::Token && state.name == token &&
        state.state == ClientState::State::Revoked)
      return true;
  return false;
}

ClientLink* Clients::to_end(SessionNumber session, std::string_view client) const {
  if (!refusal(session, client)) return nullptr;
  const auto known = sessions_.find(session);
  return known == sessions_.end() ? nullptr : known->second.link;
}

}  // namespace callgate
