// Which messages may pass at all, by their method, direction and era.
#include "gate_world.h"

using namespace callgate;

namespace {

std::string notification(const std::string& method, const std::string& params = "{}") {
  return R"({"jsonrpc":"2.0","method":")" + method + R"(","params":)" + params + "}";
}

}  // namespace

TEST_CASE("a client's notification that is none of its era's reaches no server and is counted") {
  World world({"a", "b"});
  FakeLink link;
  const auto session = connect_to(world, link, {"x"}, kAll);
  world.bring_up(1, {"y"});
  uint64_t count = 0;
  for (const std::string method :
       {"tools/call", "resources/read", "initialize", "ping", "tasks/cancel", "acme/own",
        "notifications/acme", "notifications/tools/list_changed", "notifications/message",
        "notifications/tasks/status", "notifications/elicitation/complete",
        "Notifications/Progress", "notifications/cancelled ",
        "notifications\\u002froots/list_changed2", ""}) {
    CAPTURE(method);
    world.say(session, notification(method, R"({"name":"x","arguments":{}})"));
    CHECK(world.children.got[0].empty());
    CHECK(world.children.got[1].empty());
    CHECK(link.got.empty());
    CHECK(world.gate->sessions().front().dropped == ++count);
  }
}

TEST_CASE("roots/list_changed goes to the servers that were told of roots and to no other") {
  ServerConfig own{.name = "own", .command = "none", .share = Share::Session};
  World world({}, {}, {}, {own});
  FakeLink with, without;
  const auto one = world.connect(with, kAll), two = world.connect(without, "{}");
  world.bring_up(0, {"x"});
  world.bring_up(1, {"x"});
  world.say(two, notification("notifications/roots/list_changed"));
  CHECK(world.children.got[0].empty());
  CHECK(world.children.got[1].empty());
  world.say(one, notification("notifications/roots/list_changed"));
  CHECK(world.children.take(0) == notification("notifications/roots/list_changed"));
  CHECK(world.children.got[1].empty());
}

TEST_CASE("roots/list_changed takes no params but _meta to a server") {
  World world({"s"});
  FakeLink link;
  const auto session = world.connect(link, kAll);
  world.bring_up(0, {"x"});
  const std::string_view head =
      R"({"jsonrpc":"2.0","method":"notifications/roots/list_changed","params":)";
  const std::string meta = std::string(head) + R"({"_meta":{"a/b":1}}})";
  world.say(session, meta);
  CHECK(world.children.take(0) == meta);
  for (const char* params : {R"({"uri":"demo://secret/key"})", R"({"_meta":{},"name":"x"})",
                             R"({"x":null})", R"({"\u005fmeta":1,"uri":"u"})"}) {
    world.say(session, std::string(head) + params + "}");
    CHECK(world.children.take(0) ==
          R"({"jsonrpc":"2.0","method":"notifications/roots/list_changed"})");
  }
}

TEST_CASE("a child that was told of no roots hears of no change in one session's roots") {
  ServerConfig one_child{.name = "one", .command = "none", .share = Share::One};
  World world({}, {}, {}, {one_child});
  FakeLink with, without;
  const auto session = world.connect(with, kAll);
  world.connect(without, "{}");
  world.bring_up(0, {"x"});
  REQUIRE(world.children.starts.size() == 1);
  world.say(session, notification("notifications/roots/list_changed"));
  CHECK(world.children.got[0].empty());
}

TEST_CASE("nothing of a paused client reaches a server but that it takes something back") {
  World world({"a"});
  FakeLink link;
  const auto session = world.connect(link, kAll);
  world.bring_up(0, {"x"}, R"({"tools":{},"logging":{}})");
  world.say(session, call_line("1", "a__x"));
  world.children.take(0);
  world.child_says(
      0, request("sampling/createMessage", R"({"messages":[],"_meta":{"progressToken":4}})"));
  const std::string question = link.take();
  pause_client(world, "test");
  world.say(session, notification("notifications/roots/list_changed"));
  world.say(session, notification("notifications/progress",
                                  R"({"progress":1,"progressToken":)" +
                                      at(question, "/params/_meta/progressToken") + "}"));
  world.say(session, request("logging/setLevel", R"({"level":"debug"})"));
  CHECK(world.children.got[0].empty());
  world.say(session, R"({"jsonrpc":"2.0","id":)" + at(question, "/id") +
                         R"(,"result":{"role":"assistant","content":"secret"}})");
  const std::string answer = world.children.take(0);
  CHECK(at(answer, "/id") == "77");
  CHECK(at(answer, "/result") == "absent");
  CHECK(at(answer, "/error/message").find("paused") != std::string::npos);
  world.say(session, notification("notifications/cancelled", R"({"requestId":1})"));
  CHECK(at(world.children.take(0), "/method") == "\"notifications/cancelled\"");
}

TEST_CASE("progress on a question counts only from the client that was asked") {
  ServerConfig own{.name = "own", .command = "none", .share = Share::Session};
  World world({}, {}, {}, {own});
  FakeLink asked, other;
  world.connect(asked, kAll);
  const auto two = world.connect(other, kAll);
  world.bring_up(0, {"x"});
  world.bring_up(1, {"x"});
  world.child_says(
      0, request("sampling/createMessage", R"({"messages":[],"_meta":{"progressToken":4}})"));
  const std::string token = at(asked.take(), "/params/_meta/progressToken");
  world.say(two, notification("notifications/progress",
                              R"({"progress":1,"progressToken":)" + token + "}"));
  CHECK(world.children.got[0].empty());
}

TEST_CASE("a server's notification that is none of its era's reaches no client and is counted") {
  World world({"a"});
  FakeLink link;
  connect_to(world, link, {"x"}, kAll);
  uint64_t count = 0;
  for (const std::string method :
       {"tools/call", "sampling/createMessage", "elicitation/create", "notifications/initialized",
        "notifications/roots/list_changed", "notifications/tasks",
        "notifications/subscriptions/acknowledged", "notifications/acme", "acme/own",
        "notifications/Message", "Ping"}) {
    CAPTURE(method);
    world.child_says(0, notification(method));
    CHECK(link.got.empty());
    CHECK(world.children.got[0].empty());
    CHECK(world.gate->servers()[0].dropped == ++count);
  }
  // What it takes back must be its own question.
  world.child_says(0, notification("notifications/cancelled", R"({"requestId":0})"));
  CHECK(link.got.empty());
}

TEST_CASE("a client's request that MCP has in another place is refused, whatever its era") {
  World world({"a"});
  FakeLink link;
  const auto session = connect_to(world, link, {"x"}, kAll);
  for (const std::string method :
       {"notifications/cancelled", "notifications/roots/list_changed", "notifications/acme",
        "sampling/createMessage", "roots/list", "elicitation/create", "subscriptions/listen",
        "tasks/update", "Tools/call", "tools/call ", "tools/call\\u0000", ""}) {
    CAPTURE(method);
    world.say(session, request(method, R"({"name":"x"})"));
    CHECK(at(link.take(), "/error/code") == "-32601");
    CHECK(world.children.got[0].empty());
  }
  for (const std::string method :
       {"initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe",
        "tasks/result", "tasks/list", "notifications/initialized", "sampling/createMessage",
        "TOOLS/CALL"}) {
    CAPTURE(method);
    world.say(session, request(method, R"({"name":"x",)" + kModernMeta + "}"));
    CHECK(at(link.take(), "/error/code") == "-32601");
    CHECK(world.children.got[0].empty());
  }
}

TEST_CASE("a second initialize is refused and the session goes on under its first name") {
  World world({"a"});
  FakeLink link;
  const auto session = world.connect(link, kAll, "2025-06-18", "cursor");
  world.bring_up(0, {"x"});
  pause_client(world, "cursor");
  world.say(session, request("initialize", R"({"protocolVersion":"2025-03-26","capabilities":{},)"
                                           R"("clientInfo":{"name":"zed","version":"1"}})"));
  const std::string refused = link.take();
  CHECK(at(refused, "/error/code") == "-32600");
  CHECK(at(refused, "/error/message").find("cursor") != std::string::npos);
  world.say(session, call_line("1", "a__x"));
  CHECK(world.children.got[0].empty());
  CHECK(world.record.all<CallStarted>().back().rule == "clients: paused");
  // Its revision has stayed as well: no batches.
  link.got.clear();
  world.say(session, R"([{"jsonrpc":"2.0","id":9,"method":"ping"}])");
  CHECK(at(link.take(), "/error/data/code") == "\"rpc.batch\"");
}

TEST_CASE("one session has one name, whatever its later requests call their client") {
  World world({"a"});
  FakeLink link;
  const auto session = connect_modern(world, link);
  pause_client(world, "cursor");
  // Neither a handshake nor another clientInfo renames it.
  world.say(session, request("initialize", R"({"protocolVersion":"2025-06-18","capabilities":{},)"
                                           R"("clientInfo":{"name":"zed","version":"1"}})"));
  link.got.clear();
  world.say(session, call_line("1", "a__x"));
  std::string as_zed = kModernMeta;
  as_zed.replace(as_zed.find("cursor"), 6, "zed");
  world.say(session, request("tools/call", R"({"name":"a__x","arguments":{},)" + as_zed + "}"));
  CHECK(world.children.got[0].empty());
  REQUIRE(world.record.all<CallStarted>().size() == 2);
  for (const CallStarted& call : world.record.all<CallStarted>())
    CHECK(call.rule == "clients: paused");
  CHECK(world.record.all<SessionOpened>().size() == 1);
}

TEST_CASE("cancelled of one exchange leaves the equal id of another exchange alone") {
  World world({"a"});
  FakeLink link;
  const auto session = world.gate->open_session(world.now, link, {});
  const auto post = [&](const std::string& text, Exchange exchange) {
    Walker walker;
    const Result<MessagePtr> message = walker.walk(text);
    REQUIRE(message.ok());
    world.gate->client_message(world.now, session, *message, exchange);
    world.settle();
  };
  post(request("tools/list", "{" + kModernMeta + "}"), 1);
  world.bring_up(0, {"x"});
  post(request("tools/call", R"({"name":"a__x","arguments":{},)" + kModernMeta + "}"), 2);
  CHECK(at(world.children.take(0), "/method") == "\"tools/call\"");
  post(notification("notifications/cancelled", R"({"requestId":77})"), 3);
  CHECK(world.children.got[0].empty());
  world.gate->exchange_gone(world.now, session, 2);
  CHECK(at(world.children.take(0), "/method") == "\"notifications/cancelled\"");
}
