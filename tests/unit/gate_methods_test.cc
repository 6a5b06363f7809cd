// Which messages may pass at all. This depends on their method, direction and era.
#include "gate_world.h"

using namespace callgate;

namespace {

const std::string kRootsChanged = notification("notifications/roots/list_changed", "{}");

}  // namespace

TEST_CASE("a client's notification that its era does not have reaches no server and is counted") {
  OneClient world({"a", "b"});
  world.hello(kAll);
  world.bring_up(0, {"x"});
  world.bring_up(1, {"y"});
  uint64_t count = 0;
  for (const std::string method :
       {"tools/call", "resources/read", "initialize", "ping", "tasks/cancel", "acme/own",
        "notifications/acme", "notifications/tools/list_changed", "notifications/message",
        "notifications/tasks/status", "notifications/elicitation/complete",
        "Notifications/Progress", "notifications/cancelled ",
        "notifications\\u002froots/list_changed2", ""}) {
    CAPTURE(method);
    world.client_sends(notification(method, R"({"name":"x","arguments":{}})"));
    CHECK(world.children.got[0].empty());
    CHECK(world.children.got[1].empty());
    CHECK(world.link.got.empty());
    CHECK(world.gate->sessions().front().dropped == ++count);
  }
}

TEST_CASE("roots/list_changed goes only to servers that know of the client's roots") {
  World world({}, {.servers = {{.name = "own", .command = "none", .share = Share::Session}}});
  FakeLink with, without;
  const auto one = world.connect(with, kAll), two = world.connect(without, "{}");
  world.bring_up(0, {"x"});
  world.bring_up(1, {"x"});
  world.client_sends(two, kRootsChanged);
  CHECK(world.children.got[0].empty());
  CHECK(world.children.got[1].empty());
  world.client_sends(one, kRootsChanged);
  CHECK(world.child_gets() == kRootsChanged);
  CHECK(world.children.got[1].empty());
}

TEST_CASE("a server gets roots/list_changed with no params except _meta") {
  OneServer world({.name = "s", .tools = {"x"}, .client = kAll});
  const auto changed = [](const std::string& params) {
    return notification("notifications/roots/list_changed", params);
  };
  const std::string meta = changed(R"({"_meta":{"a/b":1}})");
  world.client_sends(meta);
  CHECK(world.child_gets() == meta);
  for (const char* params : {R"({"uri":"demo://secret/key"})", R"({"_meta":{},"name":"x"})",
                             R"({"x":null})", R"({"\u005fmeta":1,"uri":"u"})"}) {
    world.client_sends(changed(params));
    CHECK(world.child_gets() == changed(""));
  }
}

TEST_CASE("a child that does not know of roots gets no roots/list_changed") {
  World world({}, {.servers = {{.name = "one", .command = "none", .share = Share::One}}});
  FakeLink with, without;
  const auto session = world.connect(with, kAll);
  world.connect(without, "{}");
  world.bring_up(0, {"x"});
  REQUIRE(world.children.starts.size() == 1);
  world.client_sends(session, kRootsChanged);
  CHECK(world.children.got[0].empty());
}

TEST_CASE("only the cancellations of a paused client reach a server") {
  OneServer world(
      {.name = "a", .tools = {"x"}, .server = R"({"tools":{},"logging":{}})", .client = kAll});
  world.client_sends(call_line("1", "a__x"));
  world.child_gets();
  world.child_sends(
      request("sampling/createMessage", R"({"messages":[],"_meta":{"progressToken":4}})"));
  const std::string question = world.client_gets();
  pause_client(world, "test");
  world.client_sends(kRootsChanged);
  world.client_sends(progress(at(question, "/params/_meta/progressToken")));
  world.client_sends(request("logging/setLevel", R"({"level":"debug"})"));
  CHECK(world.children.got[0].empty());
  world.client_sends(answer_to(question, R"({"role":"assistant","content":"secret"})"));
  const std::string answer = world.child_gets();
  CHECK(at(answer, "/id") == "77");
  CHECK(at(answer, "/result") == "absent");
  CHECK(at(answer, "/error/message").find("paused") != std::string::npos);
  world.client_sends(cancelled("1"));
  CHECK(at(world.child_gets(), "/method") == "\"notifications/cancelled\"");
}

TEST_CASE("progress on a question is passed on only from the client that was asked") {
  World world({}, {.servers = {{.name = "own", .command = "none", .share = Share::Session}}});
  FakeLink asked, other;
  world.connect(asked, kAll);
  const auto two = world.connect(other, kAll);
  world.bring_up(0, {"x"});
  world.bring_up(1, {"x"});
  world.child_sends(
      request("sampling/createMessage", R"({"messages":[],"_meta":{"progressToken":4}})"));
  const std::string token = at(asked.take(), "/params/_meta/progressToken");
  world.client_sends(two, progress(token));
  CHECK(world.children.got[0].empty());
}

TEST_CASE("a server's notification that its era does not have reaches no client and is counted") {
  OneServer world({.name = "a", .tools = {"x"}, .client = kAll});
  uint64_t count = 0;
  for (const std::string method :
       {"tools/call", "sampling/createMessage", "elicitation/create", "notifications/initialized",
        "notifications/roots/list_changed", "notifications/tasks",
        "notifications/subscriptions/acknowledged", "notifications/acme", "acme/own",
        "notifications/Message", "Ping"}) {
    CAPTURE(method);
    world.child_sends(notification(method, "{}"));
    CHECK(world.link.got.empty());
    CHECK(world.children.got[0].empty());
    CHECK(world.gate->servers()[0].dropped == ++count);
  }
  // A server can cancel only its own question.
  world.child_sends(cancelled("0"));
  CHECK(world.link.got.empty());
}

TEST_CASE("a client's request that MCP allows only elsewhere is refused in both eras") {
  OneServer world({.name = "a", .tools = {"x"}, .client = kAll});
  for (const std::string method :
       {"notifications/cancelled", "notifications/roots/list_changed", "notifications/acme",
        "sampling/createMessage", "roots/list", "elicitation/create", "subscriptions/listen",
        "tasks/update", "Tools/call", "tools/call ", "tools/call\\u0000", ""}) {
    CAPTURE(method);
    world.client_sends(request(method, R"({"name":"x"})"));
    CHECK(at(world.client_gets(), "/error/code") == "-32601");
    CHECK(world.children.got[0].empty());
  }
  for (const std::string method :
       {"initialize", "ping", "logging/setLevel", "resources/subscribe", "resources/unsubscribe",
        "tasks/result", "tasks/list", "notifications/initialized", "sampling/createMessage",
        "TOOLS/CALL"}) {
    CAPTURE(method);
    world.client_sends(modern_request(method, R"(,"name":"x")"));
    CHECK(at(world.client_gets(), "/error/code") == "-32601");
    CHECK(world.children.got[0].empty());
  }
}

TEST_CASE("a second initialize is refused and the session goes on under its first name") {
  World world({"a"});
  FakeLink link;
  const auto session = world.connect(link, kAll, "2025-06-18", "cursor");
  world.bring_up(0, {"x"});
  pause_client(world, "cursor");
  world.client_sends(session, initialize("zed", "{}", "2025-03-26"));
  const std::string refused = link.take();
  CHECK(at(refused, "/error/code") == "-32600");
  CHECK(at(refused, "/error/message").find("cursor") != std::string::npos);
  world.client_sends(session, call_line("1", "a__x"));
  CHECK(world.children.got[0].empty());
  CHECK(world.record.all<CallStarted>().back().rule == "clients: paused");
  // Its revision has not changed either, and has no batches.
  link.got.clear();
  world.client_sends(session, "[" + request("ping") + "]");
  CHECK(at(link.take(), "/error/data/code") == "\"rpc.batch\"");
}

TEST_CASE("a session keeps its first client name, whatever name later requests have") {
  OneClient world({"a"});
  world.open_modern();
  pause_client(world, "cursor");
  // Neither initialize nor another clientInfo changes it.
  world.client_sends(initialize("zed"));
  world.link.got.clear();
  world.client_sends(call_line("1", "a__x"));
  std::string as_zed = modern_meta();
  as_zed.replace(as_zed.find("cursor"), 6, "zed");
  world.client_sends(call_line("77", "a__x", "{}", "," + as_zed));
  CHECK(world.children.got[0].empty());
  REQUIRE(world.record.all<CallStarted>().size() == 2);
  for (const CallStarted& call : world.record.all<CallStarted>())
    CHECK(call.rule == "clients: paused");
  CHECK(world.record.all<SessionOpened>().size() == 1);
}

TEST_CASE("a cancellation in one exchange does not affect an equal id in another exchange") {
  OneClient world({"a"});
  world.open();
  world.client_posts(modern_request("tools/list"), 1);
  world.bring_up(0, {"x"});
  world.client_posts(call_line("77", "a__x", "{}", "," + modern_meta()), 2);
  CHECK(at(world.child_gets(), "/method") == "\"tools/call\"");
  world.client_posts(cancelled("77"), 3);
  CHECK(world.children.got[0].empty());
  world.gate->exchange_gone(world.now, world.session, 2);
  CHECK(at(world.child_gets(), "/method") == "\"notifications/cancelled\"");
}
