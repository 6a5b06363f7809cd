// Requests that are refused before their client has sent initialize, or before they reach a
// session.
#include "gate_world.h"

using namespace callgate;

namespace {

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

TEST_CASE("a call before initialize gets a row, and its session gets the client's name later") {
  OneClient world({"a"});
  world.open({.token = "mine"});
  world.client_sends(call_line("1", "a__x", R"({"k":1})"));
  CHECK(at(world.client_gets(), "/error/code") == "-32600");
  REQUIRE(world.record.all<SessionOpened>().size() == 1);
  CHECK(world.record.all<SessionOpened>()[0].session == world.session);
  CHECK(world.record.all<SessionOpened>()[0].client_name.empty());
  CHECK(world.record.all<SessionOpened>()[0].token == "mine");
  REQUIRE(names_in(world) == Names{"a__x"});
  const CallStarted row = world.record.all<CallStarted>()[0];
  CHECK(row.session == world.session);
  CHECK(row.kind == CallKind::Tool);
  CHECK(row.rule == "built-in: requests without a session");
  CHECK(row.because == "send initialize first");
  CHECK(row.args.bytes == R"({"name":"a__x","arguments":{"k":1}})");
  // A request that no server gets may come before initialize.
  for (const char* method : {"ping", "tools/list", "server/discover", "logging/setLevel"})
    world.client_sends(request(method));
  CHECK(names_in(world).size() == 1);
  for (const char* method : {"resources/read", "acme/run", "Tools/call"})
    world.client_sends(request(method, R"({"uri":"x:1"})"));
  CHECK(names_in(world) == Names{"a__x", "x:1", "acme/run", "Tools/call"});
  CHECK(world.record.all<SessionOpened>().size() == 1);
  world.client_sends(initialize("zed"));
  REQUIRE(world.record.all<SessionOpened>().size() == 2);
  CHECK(world.record.all<SessionOpened>()[1].session == world.session);
  CHECK(world.record.all<SessionOpened>()[1].client_name == "zed");
  world.gate->client_gone(world.now, world.session, "over");
  CHECK(world.record.all<SessionClosed>().size() == 1);
}

TEST_CASE("a session without a client name and without a refused call gets no row") {
  OneClient world({"a"});
  world.open();
  world.client_sends(request("ping"));
  world.client_sends("no JSON");
  world.gate->client_gone(world.now, world.session, "over");
  CHECK(world.record.events.empty());
}

TEST_CASE("each call in a refused batch gets a row") {
  OneClient world({"a"});
  world.hello();  // in a revision without batches
  const std::string without_id = notification("tools/call", R"({"name":"no_id"})");
  world.client_sends("[" + call_line("1", "a__x") + "," + request("ping") + "," +
                     request("tools/list") + "," + without_id + ",5," +
                     request("prompts/get", R"({"name":"a__p"})") + "]");
  CHECK(at(world.client_gets(), "/error/code") == "-32600");
  CHECK(names_in(world) == Names{"a__x", "a__p"});
  // The same before initialize, and with a key that appears twice.
  FakeLink other;
  const auto second = world.gate->open_session(world.now, other, {});
  world.client_sends(second, "[" + call_line("1", "a__y") + "]");
  CHECK(at(other.take(), "/error/code") == "-32600");
  world.client_sends("[" + request("tools/call", R"({"name":"a__z","name":"a__w"})") + "]");
  CHECK(at(world.client_gets(), "/error/code") == "-32600");
  CHECK(names_in(world) == Names{"a__x", "a__p", "a__y", "a__z"});
}

TEST_CASE("a message that only some readers would take for a call gets a row") {
  OneClient world({"a"});
  world.hello();
  world.client_sends(R"({"jsonrpc":"2.0","ID":1,"Method":"tools/call","Params":{"Name":"a__x"}})");
  CHECK(at(world.client_gets(), "/error/code") == "-32600");
  CHECK(names_in(world) == Names{"a__x"});
  CHECK(world.record.all<CallStarted>()[0].kind == CallKind::Tool);
  FakeLink other;
  const auto second = world.gate->open_session(world.now, other, {});
  world.client_sends(second, R"({"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call"})");
  CHECK(names_in(world).size() == 2);
}

TEST_CASE("a call over the session's limit and a call of a revoked client get a row") {
  OneServer world({.name = "a", .tools = {"x"}, .limits = {.in_flight = 1}});
  world.client_sends(call_line("1", "a__x"));
  world.client_sends(call_line("2", "a__x"));
  CHECK(at(world.client_gets(), "/error/data/code") == "\"session.full\"");
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
  world.client_sends(revoked, modern_request("tools/call", R"(,"name":"a__x")"));
  CHECK(at(modern.take(), "/error/data/code") == "\"client.revoked\"");
  REQUIRE(world.record.all<CallFinished>().size() == 2);
  CHECK(world.record.all<CallStarted>().back().session == revoked);
  CHECK(world.record.all<CallStarted>().back().exposed == "a__x");
  CHECK(world.record.all<CallStarted>().back().rule == "clients: revoked");
}

TEST_CASE("requests that a link refuses itself are recorded in one session for each token") {
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
  CHECK(names_in(world).size() == 1003);  // the last one counts the rest
  world.gate->shut_down(world.now);
  CHECK(world.record.all<CallFinished>().back().error.substr(0, 7) == "11 more");
  CHECK(world.record.all<SessionClosed>().size() == 2);
}

TEST_CASE("messages that cannot be read are counted") {
  OneClient world({"a"}, {.limits = {.line = 200}});
  world.hello();
  for (const std::string& line :
       {std::string("no JSON"), std::string(R"({"jsonrpc":"2.0","id":1,)"), std::string("42"),
        std::string("{}"), std::string("[[]]")}) {
    world.client_sends(line);
    CHECK_FALSE(at(world.client_gets(), "/error/code") == "absent");
  }
  world.gate->client_line_too_long(world.now, world.session, R"({"jsonrpc":"2.0","id":1)");
  world.gate->unreadable(world.now, "not UTF-8");
  CHECK(world.gate->unreadable() == 6);
  world.client_sends(request("ping"));
  world.client_sends(request("tools/call", "5"));
  CHECK(world.gate->unreadable() == 6);
}
