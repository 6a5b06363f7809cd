// Who is paused or revoked, before any rule is asked.
#include "gate/state/clients.h"
#include "gate_world.h"

using namespace callgate;
using Kind = ClientState::Kind;
using State = ClientState::State;

namespace {

ClientState said(Kind kind, const std::string& name, State state) {
  return {
      .kind = kind, .name = name, .state = state, .since = Micros{0}, .because = "by me: lunch"};
}

struct DismissedLink final : ClientLink {
  std::string why;
  void send(Outgoing) override {}
  void dismiss(const std::string& reason) override { why = reason; }
};

}  // namespace

TEST_CASE("a pause denies and a revocation refuses, each says who and when") {
  Clients clients;
  FakeLink link;
  clients.opened(1, link, {.token = "ci"});
  CHECK_FALSE(clients.decision(1, "cursor"));
  clients.set({said(Kind::Client, "cursor", State::Paused)});
  const auto paused = clients.decision(1, "cursor");
  REQUIRE(paused);
  CHECK(paused->permission == Permission::Deny);
  CHECK(paused->rule == "clients: paused");
  CHECK(paused->because.find("the client 'cursor' was paused at 1970-01-01T00:00:00.000000Z by me: "
                             "lunch; a person can undo that") == 0);
  CHECK_FALSE(clients.refusal(1, "cursor"));
  CHECK_FALSE(clients.decision(1, "Cursor"));
  clients.set({said(Kind::Client, "cursor", State::Revoked)});
  CHECK(clients.decision(1, "cursor")->rule == "clients: revoked");
  CHECK(clients.refusal(1, "cursor"));
  clients.set({said(Kind::Client, "cursor", State::Active)});
  CHECK_FALSE(clients.decision(1, "cursor"));
}

TEST_CASE("a token and a session are stopped whatever the client calls itself") {
  Clients clients;
  FakeLink link;
  clients.opened(1, link, {.token = "ci"});
  clients.opened(2, link, {});
  clients.set({said(Kind::Token, "ci", State::Revoked), said(Kind::Session, "2", State::Paused)});
  CHECK(clients.decision(1, "anything")->rule == "clients: revoked");
  CHECK(clients.decision(2, "anything")->rule == "clients: paused");
  CHECK(clients.token_revoked("ci"));
  CHECK_FALSE(clients.token_revoked(""));
  // No token is no token of that name.
  clients.set({said(Kind::Token, "", State::Revoked), said(Kind::Client, "", State::Revoked)});
  CHECK_FALSE(clients.decision(2, ""));
}

TEST_CASE("of a pause and a revocation the revocation counts") {
  Clients clients;
  FakeLink link;
  clients.opened(1, link, {.token = "ci"});
  for (const auto& [first, second] :
       {std::pair(State::Paused, State::Revoked), std::pair(State::Revoked, State::Paused)}) {
    clients.set({said(Kind::Client, "cursor", first), said(Kind::Token, "ci", second)});
    CHECK(clients.refusal(1, "cursor"));
  }
}

TEST_CASE("sessions of a revoked client are dismissed, others stay") {
  World world({"a"});
  DismissedLink one, two;
  const auto first = world.gate->open_session(world.now, one, {});
  world.gate->open_session(world.now, two, {});
  world.say(
      first,
      R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"cursor","version":"1"}}})");
  world.gate->set_client_states(world.now, {said(Kind::Client, "cursor", State::Paused)});
  CHECK(one.why.empty());
  world.gate->set_client_states(world.now, {said(Kind::Client, "cursor", State::Revoked)});
  CHECK_FALSE(one.why.empty());
  CHECK(two.why.empty());
}
