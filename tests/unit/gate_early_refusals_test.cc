// What is refused before its client has said who it is, or before it comes to a session.
#include "gate_world.h"

using namespace callgate;

namespace {

std::string initialize_of(const std::string& name) {
  return request("initialize", R"({"protocolVersion":"2025-03-26","capabilities":{},)"
                               R"("clientInfo":{"name":")" +
                                   name + R"(","version":"1"}})");
}

std::vector<std::string> names_in(const World& world) {
  std::vector<std::string> names;
  for (const CallStarted& row : world.record.all<CallStarted>()) {
    CHECK(row.permission == Permission::Deny);
    names.push_back(row.exposed);
  }
  CHECK(world.record.all<CallFinished>().size() == names.size());
  return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a call before initialize has a row, and its session has its client's name later") {
  World world({"a"});
  FakeLink link;
  const auto session = world.gate->open_session(world.now, link, {.token = "mine"});
  world.say(session, call_line("1", "a__x", R"({"k":1})"));
  CHECK(at(link.take(), "/error/code") == "-32600");
  REQUIRE(world.record.all<SessionOpened>().size() == 1);
  CHECK(world.record.all<SessionOpened>()[0].session == session);
  CHECK(world.record.all<SessionOpened>()[0].client_name.empty());
  CHECK(world.record.all<SessionOpened>()[0].token == "mine");
  REQUIRE(names_in(world) == Names{"a__x"});
  const CallStarted row = world.record.all<CallStarted>()[0];
  CHECK(row.session == session);
  CHECK(row.kind == CallKind::Tool);
  CHECK(row.rule == "built-in: requests without a session");
  CHECK(row.because == "send initialize first");
  CHECK(row.args.bytes == R"({"name":"a__x","arguments":{"k":1}})");
  // What asks no server is part of a beginning.
  for (const char* method : {"ping", "tools/list", "server/discover", "logging/setLevel"})
    world.say(session, request(method));
  CHECK(names_in(world).size() == 1);
  for (const char* method : {"resources/read", "acme/run", "Tools/call"})
    world.say(session, request(method, R"({"uri":"x:1"})"));
  CHECK(names_in(world) == Names{"a__x", "x:1", "acme/run", "Tools/call"});
  CHECK(world.record.all<SessionOpened>().size() == 1);
  world.say(session, initialize_of("zed"));
  REQUIRE(world.record.all<SessionOpened>().size() == 2);
  CHECK(world.record.all<SessionOpened>()[1].session == session);
  CHECK(world.record.all<SessionOpened>()[1].client_name == "zed");
  world.gate->client_gone(world.now, session, "over");
  CHECK(world.record.all<SessionClosed>().size() == 1);
}

TEST_CASE("a session without a name and without a refused call has no row") {
  World world({"a"});
  FakeLink link;
  const auto session = world.gate->open_session(world.now, link, {});
  world.say(session, request("ping"));
  world.say(session, "no JSON");
  world.gate->client_gone(world.now, session, "over");
  CHECK(world.record.events.empty());
}

TEST_CASE("each call of a refused batch has a row") {
  World world({"a"});
  FakeLink link;
  const auto session = world.connect(link);  // of a revision without batches
  const std::string batch =
      "[" + call_line("1", "a__x") + "," + request("ping") + "," + request("tools/list") + "," +
      R"({"jsonrpc":"2.0","method":"tools/call","params":{"name":"no_id"}},5,)" +
      request("prompts/get", R"({"name":"a__p"})") + "]";
  world.say(session, batch);
  CHECK(at(link.take(), "/error/code") == "-32600");
  CHECK(names_in(world) == Names{"a__x", "a__p"});
  // Before initialize, and with a key that stands twice.
  FakeLink other;
  const auto second = world.gate->open_session(world.now, other, {});
  world.say(second, "[" + call_line("1", "a__y") + "]");
  CHECK(at(other.take(), "/error/code") == "-32600");
  world.say(session, R"([{"jsonrpc":"2.0","id":1,"method":"tools/call",)"
                     R"("params":{"name":"a__z","name":"a__w"}}])");
  CHECK(at(link.take(), "/error/code") == "-32600");
  CHECK(names_in(world) == Names{"a__x", "a__p", "a__y", "a__z"});
}

TEST_CASE("a call in a spelling that only some readers take for one has a row") {
  World world({"a"});
  FakeLink link;
  const auto session = world.connect(link);
  world.say(session, R"({"jsonrpc":"2.0","ID":1,"Method":"tools/call","Params":{"Name":"a__x"}})");
  CHECK(at(link.take(), "/error/code") == "-32600");
  CHECK(names_in(world) == Names{"a__x"});
  CHECK(world.record.all<CallStarted>()[0].kind == CallKind::Tool);
  FakeLink other;
  const auto second = world.gate->open_session(world.now, other, {});
  world.say(second, R"({"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"})");
  CHECK(names_in(world).size() == 2);
}

TEST_CASE("a call that finds no room, and one of a revoked client, have a row") {
  World world({"a"}, {}, {.in_flight = 1});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"x"});
  world.say(session, call_line("1", "a__x"));
  world.say(session, call_line("2", "a__x"));
  CHECK(at(link.take(), "/error/data/code") == "\"session.full\"");
  REQUIRE(world.record.all<CallFinished>().size() == 1);
  CHECK(world.record.all<CallFinished>()[0].outcome == Outcome::Denied);
  CHECK(world.record.all<CallStarted>().back().rule == "limits.in_flight");
  world.gate->set_client_states(world.now, {{.kind = ClientState::Kind::Client,
                                             .name = "cursor",
                                             .state = ClientState::State::Revoked,
                                             .since = {},
                                             .because = ""}});
  FakeLink modern;
  const auto revoked = world.gate->open_session(world.now, modern, {});
  world.say(revoked, request("tools/call", R"({"name":"a__x",)" + kModernMeta + "}"));
  CHECK(at(modern.take(), "/error/data/code") == "\"client.revoked\"");
  REQUIRE(world.record.all<CallFinished>().size() == 2);
  CHECK(world.record.all<CallStarted>().back().session == revoked);
  CHECK(world.record.all<CallStarted>().back().exposed == "a__x");
  CHECK(world.record.all<CallStarted>().back().rule == "clients: revoked");
}

TEST_CASE("what a link refuses itself is in a session of its token") {
  World world({"a"});
  Walker walker;
  const auto refuse = [&](const std::string& token, const std::string& message) {
    RefusedOutside request{
        .from = {.process = {}, .peer = "127.0.0.1:5", .profile = "", .token = token},
        .message = nullptr,
        .name = "POST /mcp",
        .code = ErrorCode::InvalidRequest,
        .why = "no"};
    if (!message.empty()) request.message = *walker.walk(message);
    world.gate->refused_outside(world.now, request);
  };
  refuse("ci", request("initialize"));
  refuse("ci", request("tools/list"));
  CHECK(world.record.events.empty());
  refuse("ci", call_line("7", "a__x"));
  refuse("", "");
  refuse("ci", "[" + call_line("8", "a__y") + "]");
  CHECK(names_in(world) == Names{"a__x", "POST /mcp", "a__y"});
  const auto rows = world.record.all<CallStarted>();
  CHECK(rows[0].session == rows[2].session);
  CHECK(rows[0].session != rows[1].session);
  CHECK(rows[0].client_id == "7");
  CHECK(rows[0].because == "no; it came from 127.0.0.1");
  REQUIRE(world.record.all<SessionOpened>().size() == 2);
  CHECK(world.record.all<SessionOpened>()[0].token == "ci");
  for (int i = 0; i < 1010; ++i) refuse("", "");
  CHECK(names_in(world).size() == 1003);  // one says that the rest is counted
  world.gate->shut_down(world.now);
  CHECK(world.record.all<CallFinished>().back().error.substr(0, 7) == "11 more");
  CHECK(world.record.all<SessionClosed>().size() == 2);
}

TEST_CASE("messages that cannot be read are counted") {
  World world({"a"}, {}, {.line = 200});
  FakeLink link;
  const auto session = world.connect(link);
  for (const std::string& line :
       {std::string("no JSON"), std::string(R"({"jsonrpc":"2.0","id":1,)"), std::string("42"),
        std::string("{}"), std::string("[[]]")}) {
    world.say(session, line);
    CHECK_FALSE(at(link.take(), "/error/code") == "absent");
  }
  world.gate->client_line_too_long(world.now, session, R"({"jsonrpc":"2.0","id":1)");
  world.gate->unreadable(world.now, "not UTF-8");
  CHECK(world.gate->unreadable() == 6);
  world.say(session, request("ping"));
  world.say(session, request("tools/call", "5"));
  CHECK(world.gate->unreadable() == 6);
}
