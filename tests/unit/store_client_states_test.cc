// Pauses and revocations in the record.
#include "callgate/store/client_states.h"
#include "store_support.h"

using namespace store_test;
using Kind = ClientState::Kind;
using State = ClientState::State;

namespace {

ClientState said(Kind kind, const std::string& name, State state, int64_t at) {
  return {.kind = kind, .name = name, .state = state, .since = Micros(at), .because = "by me"};
}

std::vector<ClientState> states_in(const std::string& path) {
  const auto states = read_client_states(path);
  REQUIRE(states.ok());
  return *states;
}

}  // namespace

TEST_CASE("the latest order about a client counts") {
  const Folder folder;
  CHECK(states_in(folder.file()).empty());
  const ClientState paused = said(Kind::Client, "cursor", State::Paused, 1);
  const ClientState revoked = said(Kind::Token, "cursor", State::Revoked, 2);
  REQUIRE(write_client_state(folder.file(), paused).ok());
  REQUIRE(write_client_state(folder.file(), revoked).ok());
  CHECK(states_in(folder.file()) == std::vector<ClientState>{paused, revoked});
  REQUIRE(write_client_state(folder.file(), said(Kind::Client, "cursor", State::Active, 3)).ok());
  CHECK(states_in(folder.file()) == std::vector<ClientState>{revoked});
  const ClientState again = said(Kind::Client, "cursor", State::Revoked, 4);
  REQUIRE(write_client_state(folder.file(), again).ok());
  CHECK(states_in(folder.file()) == std::vector<ClientState>{revoked, again});
}

TEST_CASE("clients' names are stored unchanged") {
  const Folder folder;
  const ClientState odd = said(Kind::Client, "a'b\"c\nd; drop table run", State::Paused, 1);
  REQUIRE(write_client_state(folder.file(), odd).ok());
  CHECK(states_in(folder.file()) == std::vector<ClientState>{odd});
}

TEST_CASE("a running gate and a command write to the same record") {
  const Folder folder;
  const Gate gate(folder.file());
  REQUIRE(write_client_state(folder.file(), said(Kind::Session, "1-2", State::Paused, 1)).ok());
  CHECK(states_in(folder.file()).size() == 1);
}

TEST_CASE("a record without the table of client states has no paused client and is migrated") {
  const Folder folder;
  { const Gate gate(folder.file()); }
  make_older(folder.file(), 1);
  CHECK(states_in(folder.file()).empty());
  const Status written =
      write_client_state(folder.file(), said(Kind::Client, "x", State::Paused, 1));
  if (!written) FAIL(written.error().text());
  CHECK(states_in(folder.file()).size() == 1);
}
