// Paused and revoked clients are refused before the rules are evaluated.
#include "gate/state/clients.h"
#include "gate_world.h"

using namespace callgate;
using Kind = ClientState::Kind;
using State = ClientState::State;

namespace {

ClientState ordered(Kind kind, const std::string& name, State state) {
  return {
      .kind = kind, .name = name, .state = state, .since = Micros{0}, .because = "by me: lunch"};
}

struct DismissedLink final : ClientLink {
  std::string why;
  void send(Outgoing) override {}
  void dismiss(const std::string& reason) override { why = reason; }
};

}  // namespace

TEST_CASE("a pause denies and a revocation refuses, with who did it and when") {
  Clients clients;
  FakeLink link;
  clients.opened(1, link, {.token = "ci"});
  CHECK_FALSE(clients.decision(1, "cursor"));
  clients.set({ordered(Kind::Client, "cursor", State::Paused)});
  const auto paused = clients.decision(1, "cursor");
  REQUIRE(paused);
  CHECK(paused->permission == Permission::Deny);
  CHECK(paused->rule == "clients: paused");
  CHECK(paused->because.find("the client 'cursor' was paused at 1970-01-01T00:00:00.000000Z by me: "
                             "lunch; a person can undo that") == 0);
  CHECK_FALSE(clients.refusal(1, "cursor"));
  CHECK_FALSE(clients.decision(1, "Cursor"));
  clients.set({ordered(Kind::Client, "cursor", State::Revoked)});
  CHECK(clients.decision(1, "cursor")->rule == "clients: revoked");
  CHECK(clients.refusal(1, "cursor"));
  clients.set({ordered(Kind::Client, "cursor", State::Active)});
  CHECK_FALSE(clients.decision(1, "cursor"));
}

TEST_CASE("a revoked token and a paused session are stopped under any client name") {
  Clients clients;
  FakeLink link;
  clients.opened(1, link, {.token = "ci"});
  clients.opened(2, link, {});
  clients.set(
      {ordered(Kind::Token, "ci", State::Revoked), ordered(Kind::Session, "2", State::Paused)});
  CHECK(clients.decision(1, "anything")->rule == "clients: revoked");
  CHECK(clients.decision(2, "anything")->rule == "clients: paused");
  CHECK(clients.token_revoked("ci"));
  CHECK_FALSE(clients.token_revoked(""));
  // A session without a token has no token of that name.
  clients.set(
      {ordered(Kind::Token, "", State::Revoked), ordered(Kind::Client, "", State::Revoked)});
  CHECK_FALSE(clients.decision(2, ""));
}

TEST_CASE("a revocation counts more than a pause") {
  Clients clients;
  FakeLink link;
  clients.opened(1, link, {.token = "ci"});
  for (const auto& [first, second] :
       {std::pair(State::Paused, State::Revoked), std::pair(State::Revoked, State::Paused)}) {
    clients.set({ordered(Kind::Client, "cursor", first), ordered(Kind::Token, "ci", second)});
    CHECK(clients.refusal(1, "cursor"));
  }
}

TEST_CASE("sessions of a revoked client are closed, and others stay open") {
  World world({"a"});
  DismissedLink one, two;
  const auto first = world.gate->open_session(world.now, one, {});
  world.gate->open_session(world.now, two, {});
  world.client_sends(first, initialize("cursor"));
  world.gate->set_client_states(world.now, {ordered(Kind::Client, "cursor", State::Paused)});
  CHECK(one.why.empty());
  world.gate->set_client_states(world.now, {ordered(Kind::Client, "cursor", State::Revoked)});
  CHECK_FALSE(one.why.empty());
  CHECK(two.why.empty());
}
