// Refused calls have rows, but not without bound; subscriptions end when rules deny them.
#include "gate_world.h"

using namespace callgate;

namespace {

Policy subscriptions_policy(bool denies) {
  PolicyConfig rules;
  rules.servers = {"a"};
  if (denies)
    rules.deny.push_back(
        {.subject = RuleSpec::Subject::Resource, .pattern = "x:1", .written = "deny[0]"});
  Result<Policy> policy = Policy::compile(rules, {}, "/home/me");
  REQUIRE(policy.ok());
  return std::move(*policy);
}

/// One server `a` with the resources x:1 and x:2.
struct Subscribing : World {
  ServerConfig config;
  Subscribing() : World({"a"}) {
    config.name = "a";
    config.command = "mcp-server-time";
  }
  void start() {
    gate->child_up(now, 0, 1);
    answer(0, "initialize",
           R"({"protocolVersion":"2025-06-18","capabilities":{"resources":{"subscribe":true}},)"
           R"("serverInfo":{}})");
    children.take(0);
    while (!children.got[0].empty()) {
      const std::string line = children.take(0);
      child_says(0, R"({"jsonrpc":"2.0","id":)" + at(line, "/id") +
                        (line.find("templates") != std::string::npos
                             ? R"(,"result":{"resourceTemplates":[]}})"
                         : line.find("resources/list") != std::string::npos
                             ? R"(,"result":{"resources":[{"uri":"x:1","name":"x"},)"
                               R"({"uri":"x:2","name":"y"}]}})"
                             : R"(,"error":{"code":-32601,"message":"no"}})"));
    }
  }
  void subscribe(SessionNumber session, FakeLink& link, const std::string& uri) {
    say(session, request("resources/subscribe", R"({"uri":")" + uri + R"("})"));
    if (const std::string line = children.take(0); !line.empty())
      child_says(0, R"({"jsonrpc":"2.0","id":)" + at(line, "/id") + R"(,"result":{}})");
    CHECK(at(link.take(), "/result") == "{}");
  }
  void reload(bool denies) {
    gate->reload(now, {.servers = {config},
                       .policy = subscriptions_policy(denies),
                       .profiles = {},
                       .renewed = {}});
    settle();
  }
  void changes(const std::string& uri) {
    child_says(0, R"({"jsonrpc":"2.0","method":"notifications/resources/updated",)"
                  R"("params":{"uri":")" +
                      uri + R"("}})");
  }
};

}  // namespace

TEST_CASE("a subscription ends when a rule comes to deny its resource") {
  Subscribing world;
  FakeLink link;
  const auto session = world.connect(link);
  world.start();
  world.subscribe(session, link, "x:1");
  world.subscribe(session, link, "x:2");
  world.changes("x:1");
  CHECK(at(link.take(), "/params/uri") == "\"x:1\"");
  const size_t rows = world.record.all<CallStarted>().size();
  world.reload(false);
  CHECK(world.record.all<CallStarted>().size() == rows);
  CHECK(world.children.got[0].empty());
  world.reload(true);
  const std::string told = world.children.take(0);
  CHECK(at(told, "/method") == "\"resources/unsubscribe\"");
  CHECK(at(told, "/params/uri") == "\"x:1\"");
  world.changes("x:1");
  CHECK(link.got.empty());
  world.changes("x:2");
  CHECK(at(link.take(), "/params/uri") == "\"x:2\"");
  REQUIRE(world.record.all<CallStarted>().size() == rows + 1);
  const CallStarted row = world.record.all<CallStarted>().back();
  CHECK(row.kind == CallKind::Subscribe);
  CHECK(row.rule == "deny[0]");
  CHECK(world.record.all<CallFinished>().back().outcome == Outcome::Denied);
  CHECK(world.children.got[0].empty());
}

TEST_CASE("a modern client's stream hears no more of a resource that a new rule denies") {
  Subscribing world;
  FakeLink link;
  const auto session = world.gate->open_session(world.now, link, {});
  world.say(session, request("resources/list", "{" + kModernMeta + "}"));
  world.start();
  link.got.clear();
  world.say(session, request("subscriptions/listen",
                             R"({"notifications":{"resourceSubscriptions":["x:1","x:2"]},)" +
                                 kModernMeta + "}"));
  while (!world.children.take(0).empty()) {
  }
  link.got.clear();
  world.reload(true);
  world.changes("x:1");
  CHECK(link.got.empty());
  world.changes("x:2");
  CHECK(at(link.take(), "/params/uri") == "\"x:2\"");
}

TEST_CASE("a request under a misspelt or misplaced name is refused with a row") {
  World world({"a"});
  FakeLink link;
  const auto session = connect_to(world, link);
  for (const char* method : {"Tools/call", "tools/Call", "tools/call ", "roots/list"}) {
    world.say(session, request(method, R"({"name":"a__x"})"));
    const std::string answer = link.take();
    CHECK(at(answer, "/error/code") == "-32601");
    CHECK(at(answer, "/error/message") == "\"method not found: " + std::string(method) + "\"");
    const CallStarted row = world.record.all<CallStarted>().back();
    CHECK(row.tool == method);
    CHECK(row.permission == Permission::Deny);
    CHECK(row.args.bytes == R"({"name":"a__x"})");
    CHECK(world.record.all<CallFinished>().back().outcome == Outcome::Denied);
    CHECK(world.children.got[0].empty());
  }
  CHECK(world.record.all<CallStarted>().size() == 4);
}

namespace {

/// What the record says of the request that came last, which was refused with `code`.
CallStarted refused_row(World& world, FakeLink& link, const std::string& code) {
  CHECK(at(link.take(), "/error/code") == code);
  CHECK(world.children.got[0].empty());
  REQUIRE_FALSE(world.record.all<CallStarted>().empty());
  const CallStarted row = world.record.all<CallStarted>().back();
  CHECK(row.permission == Permission::Deny);
  CHECK(row.rule == "built-in: form of requests");
  const CallFinished end = world.record.all<CallFinished>().back();
  CHECK(end.call == row.call);
  CHECK(end.outcome == Outcome::Denied);
  CHECK(std::to_string(end.error_code.value_or(0)) == code);
  CHECK(end.error == row.because);
  CHECK_FALSE(end.error.empty());
  return row;
}

}  // namespace

TEST_CASE("a request whose form is wrong is refused with a row") {
  World world({"a"});
  FakeLink link;
  const auto session = connect_to(world, link);
  struct Wrong {
    std::string method, params, code, name;
    CallKind kind;
  };
  for (const Wrong& wrong : std::vector<Wrong>{
           {"tools/call", R"({"name":5})", "-32602", "(no name)", CallKind::Tool},
           {"tools/call", R"({"name":"a__x","arguments":"y"})", "-32602", "a__x", CallKind::Tool},
           {"tools/call", R"(["a__x"])", "-32602", "(no name)", CallKind::Tool},
           {"tools/call", R"({"name":"a__x","name":"b"})", "-32600", "a__x", CallKind::Tool},
           {"tools/call", R"({"Name":"b","name":"a__x"})", "-32600", "a__x", CallKind::Tool},
           {"prompts/get", R"({"name":{}})", "-32602", "(no name)", CallKind::Prompt},
           {"resources/read", R"({"uri":["x:1"]})", "-32602", "(no name)", CallKind::Resource},
           {"resources/subscribe", "{}", "-32602", "(no name)", CallKind::Subscribe},
           {"completion/complete", R"({"ref":{"type":"ref/prompt","name":"p"}})", "-32602", "p",
            CallKind::Complete},
           {"acme/run", "7", "-32600", "acme/run", CallKind::Method},
           {"initialize", R"({"protocolVersion":"2025-06-18","clientInfo":{"name":"other"}})",
            "-32600", "initialize", CallKind::Method},
       }) {
    CAPTURE(wrong.method);
    CAPTURE(wrong.params);
    const size_t rows = world.record.all<CallStarted>().size();
    world.say(session, request(wrong.method, wrong.params));
    const CallStarted row = refused_row(world, link, wrong.code);
    CHECK(row.kind == wrong.kind);
    CHECK(row.tool == wrong.name);
    CHECK(row.exposed == wrong.name);
    CHECK(row.args.bytes == wrong.params);
    CHECK(row.wire == wrong.params);
    CHECK(row.client_id == at(request("x", "{}"), "/id"));
    CHECK(world.record.all<CallStarted>().size() == rows + 1);
  }
}

TEST_CASE("a modern request whose form is wrong is refused with a row") {
  World world({"a"});
  FakeLink link;
  const auto session = connect_modern(world, link);
  world.say(session, request("tools/call", R"({"name":["a__x"],)" + kModernMeta + "}"));
  CHECK(refused_row(world, link, "-32602").era == "modern");
  world.say(session, request("tools/call",
                             R"({"name":"a__x","requestState":"cg1.1.1.x",)" + kModernMeta + "}"));
  CHECK(refused_row(world, link, "-32602").tool == "a__x");
  world.say(session, request("subscriptions/listen", "{" + kModernMeta + "}"));
  CHECK(refused_row(world, link, "-32602").tool == "subscriptions/listen");
  world.say(session,
            request("tools/call",
                    R"({"name":"a__x","_meta":{"io.modelcontextprotocol/protocolVersion":5}})"));
  CHECK(refused_row(world, link, "-32602").tool == "a__x");
}

TEST_CASE("requests whose form is wrong share the bound of a session's refused calls") {
  World world({"a"});
  FakeLink link;
  const auto session = connect_to(world, link);
  for (int i = 0; i < 1003; ++i) world.say(session, request("tools/call", R"({"name":5})"));
  CHECK(link.got.size() == 1003);
  CHECK(world.record.all<CallStarted>().size() == 1001);  // one says that the rest is counted
  world.gate->client_gone(world.now, session, "over");
  CHECK(world.record.all<CallFinished>().back().error.substr(0, 6) == "3 more");
}

TEST_CASE("a session has a bounded number of rows for refused calls, and the rest is counted") {
  PolicyConfig rules;
  RuleSpec rule;
  rule.pattern = rule.written = "a__x";
  rules.deny.push_back(rule);
  World world({"a"}, rules);
  FakeLink link;
  const auto session = connect_to(world, link, {"x", "y"});
  for (int i = 0; i < 1000; ++i)
    world.say(session, i % 2 == 0 ? call_line("1", "a__x") : call_line("1", "a__none"));
  CHECK(world.record.all<CallStarted>().size() == 1000);
  CHECK(world.record.all<CallSkipped>().empty());
  link.got.clear();
  for (int i = 0; i < 6; ++i)
    world.say(session, i % 2 == 0 ? call_line("1", "a__x") : call_line("1", "a__none"));
  CHECK(link.got.size() == 6);  // refused as before
  CHECK(world.children.got[0].empty());
  CHECK(world.record.all<CallSkipped>().size() == 6);
  CHECK(world.record.all<CallStarted>().size() == 1001);  // one says that the rest is counted
  // What is allowed is recorded as ever.
  world.say(session, call_line("2", "a__y"));
  CHECK(at(world.children.take(0), "/method") == "\"tools/call\"");
  CHECK(world.record.all<CallStarted>().back().tool == "y");
  world.gate->client_gone(world.now, session, "over");
  CHECK(world.record.all<CallStarted>().back().tool == "(refused calls)");
  CHECK(world.record.all<CallFinished>().back().error.substr(0, 6) == "6 more");
}

TEST_CASE("after a flood of refused calls a session has rows of them again, a few a minute") {
  World world({"a"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"x"});
  const auto refused = [&](int count) {
    for (int i = 0; i < count; ++i) world.say(session, call_line("1", "a__none"));
    link.got.clear();
    return world.record.all<CallStarted>().size();
  };
  REQUIRE(refused(1005) == 1001);
  world.pass(std::chrono::seconds(59));
  CHECK(world.record.all<CallStarted>().size() == 1001);
  world.pass(std::chrono::seconds(1));  // one row is about those that have none
  REQUIRE(world.record.all<CallStarted>().size() == 1002);
  CHECK(world.record.all<CallStarted>().back().tool == "(refused calls)");
  CHECK(world.record.all<CallFinished>().back().error.substr(0, 6) == "5 more");
  CHECK(world.record.all<CallFinished>().back().error.find(" between 2027-01-") !=
        std::string::npos);
  // A minute gives 20 rows, and an hour of silence all of them.
  CHECK(refused(30) == 1022);
  world.pass(std::chrono::hours(1));
  CHECK(world.record.all<CallFinished>().back().error.substr(0, 7) == "10 more");
  CHECK(refused(1000) == 2023);
  CHECK(world.record.all<CallStarted>().back().tool == "a__none");
  world.gate->client_gone(world.now, session, "over");
  CHECK(world.record.all<CallStarted>().size() == 2023);  // there is nothing to sum
}

TEST_CASE("a server has a bounded number of rows for refused questions, and the rest is counted") {
  World world({"a", "b"});
  FakeLink link;
  const auto session = world.connect(link);
  world.say(session, kList);
  world.bring_up(0, {"x"});
  world.bring_up(1, {"x"});
  const auto asks = [&](ServerIndex server, int count) {
    for (int i = 0; i < count; ++i) {
      world.child_says(server, R"({"jsonrpc":"2.0","id":"q","method":"roots/list"})");
      CHECK(at(world.children.take(server), "/error/code") == "-32601");  // refused as ever
    }
    return world.record.all<Question>().size();
  };
  CHECK(asks(0, 1000) == 1000);
  CHECK(asks(0, 7) == 1000);
  CHECK(asks(1, 1) == 1001);  // another server has rows of its own
  world.pass(std::chrono::minutes(1));
  REQUIRE(world.record.all<Question>().size() == 1002);
  const Question sum = world.record.all<Question>().back();
  CHECK(sum.server == "a");
  CHECK(sum.method == "(refused questions)");
  CHECK(sum.permission == Permission::Deny);
  CHECK(sum.because.substr(0, 6) == "7 more");
  CHECK(asks(0, 21) == 1022);
  world.gate->shut_down(world.now);
  CHECK(world.record.all<Question>().back().because.substr(0, 6) == "1 more");
}

namespace {

/// A call of `a__x` that becomes a task, and ends: its name.
std::string ended_task(World& world, FakeLink& link, SessionNumber session, const std::string& id) {
  world.say(session, call_line("1", "a__x", "{}", R"(,"task":{"ttl":60000})"));
  const std::string sent = world.children.take(0);
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(sent, "/id") +
                          R"(,"result":{"task":{"taskId":")" + id + R"(","status":"working"}}})");
  std::string name = at(link.take(), "/result/task/taskId");
  world.child_says(0, R"({"jsonrpc":"2.0","method":"notifications/tasks/status","params":{)"
                      R"("taskId":")" +
                          id + R"(","status":"failed"}})");
  link.got.clear();
  return name;
}

}  // namespace

TEST_CASE("of ended tasks the one that ended first is forgotten first") {
  World world({"a"});
  FakeLink link;
  const auto session = connect_to(world, link);
  std::vector<std::string> names;
  for (int i = 0; i < 4098; ++i)
    names.push_back(ended_task(world, link, session, "t" + std::to_string(i)));
  const auto known = [&](const std::string& name) {
    world.say(session, request("tasks/get", "{\"taskId\":" + name + "}"));
    return !world.children.take(0).empty();
  };
  CHECK_FALSE(known(names[0]));
  CHECK_FALSE(known(names[1]));
  CHECK(known(names[2]));
  CHECK(known(names[3]));
  CHECK(known(names.back()));
}

TEST_CASE("a task that has ended does not reach another server that got its child's number") {
  Subscribing world;
  FakeLink link;
  const auto session = connect_to(world, link);
  const std::string name = ended_task(world, link, session, "t");
  ServerConfig other = world.config;
  other.name = "b";
  const auto serve = [&](std::vector<ServerConfig> servers) {
    world.gate->reload(world.now, {.servers = std::move(servers),
                                   .policy = subscriptions_policy(false),
                                   .profiles = {},
                                   .renewed = {}});
    world.settle();
  };
  serve({});
  world.gate->child_gone(world.now, 0, {});
  world.gate->tick(world.now);
  serve({other});
  world.say(session, kList);
  REQUIRE(world.children.starts[0] == 2);
  world.gate->child_up(world.now, 0, 2);
  world.answer(0, "initialize",
               R"({"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{}})");
  world.children.got[0].clear();
  link.got.clear();
  world.say(session, request("tasks/get", "{\"taskId\":" + name + "}"));
  CHECK(at(link.take(), "/error/code") == "-32602");
  CHECK(world.children.got[0].empty());
}
