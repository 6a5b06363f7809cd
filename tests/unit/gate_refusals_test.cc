// Refused calls get a bounded number of rows. Subscriptions end when new rules deny them.
#include "gate_world.h"

using namespace callgate;

namespace {

Policy subscriptions_policy(bool denies) {
  PolicyConfig rules{.servers = {"a"}};
  if (denies)
    rules.deny = {{.subject = RuleSpec::Subject::Resource, .pattern = "x:1", .written = "deny[0]"}};
  Result<Policy> policy = Policy::compile(rules, {}, "/home/me");
  REQUIRE(policy.ok());
  return std::move(*policy);
}

/// One server `a` with the resources x:1 and x:2.
struct Subscribing : OneClient {
  const ServerConfig config{.name = "a", .command = "mcp-server-time"};
  Subscribing() : OneClient({"a"}) {}
  void start() { bring_up_resources(0, {"x:1", "x:2"}, {}); }
  void subscribe(const std::string& uri) {
    client_sends(request("resources/subscribe", text_object("uri", uri)));
    if (const std::string line = child_gets(); !line.empty()) child_sends(answer_to(line, "{}"));
    CHECK(at(client_gets(), "/result") == "{}");
  }
  void reload(bool denies) {
    gate->reload(now, {.servers = {config},
                       .policy = subscriptions_policy(denies),
                       .profiles = {},
                       .renewed = {}});
    settle();
  }
  void changes(const std::string& uri) {
    child_sends(notification("notifications/resources/updated", text_object("uri", uri)));
  }
};

}  // namespace

TEST_CASE("a subscription ends when a new rule denies its resource") {
  Subscribing world;
  world.hello();
  world.start();
  world.subscribe("x:1");
  world.subscribe("x:2");
  world.changes("x:1");
  CHECK(at(world.client_gets(), "/params/uri") == "\"x:1\"");
  const size_t rows = world.record.all<CallStarted>().size();
  world.reload(false);
  CHECK(world.record.all<CallStarted>().size() == rows);
  CHECK(world.children.got[0].empty());
  world.reload(true);
  const std::string sent = world.child_gets();
  CHECK(at(sent, "/method") == "\"resources/unsubscribe\"");
  CHECK(at(sent, "/params/uri") == "\"x:1\"");
  world.changes("x:1");
  CHECK(world.link.got.empty());
  world.changes("x:2");
  CHECK(at(world.client_gets(), "/params/uri") == "\"x:2\"");
  REQUIRE(world.record.all<CallStarted>().size() == rows + 1);
  const CallStarted row = world.record.all<CallStarted>().back();
  CHECK(row.kind == CallKind::Subscribe);
  CHECK(row.rule == "deny[0]");
  CHECK(world.record.all<CallFinished>().back().outcome == Outcome::Denied);
  CHECK(world.children.got[0].empty());
}

TEST_CASE("a modern client's stream gets no more updates of a resource that a new rule denies") {
  Subscribing world;
  world.open();
  world.client_sends(modern_request("resources/list"));
  world.start();
  world.link.got.clear();
  world.client_sends(modern_request("subscriptions/listen",
                                    R"(,"notifications":{"resourceSubscriptions":["x:1","x:2"]})"));
  while (!world.child_gets().empty()) {
  }
  world.link.got.clear();
  world.reload(true);
  world.changes("x:1");
  CHECK(world.link.got.empty());
  world.changes("x:2");
  CHECK(at(world.client_gets(), "/params/uri") == "\"x:2\"");
}

TEST_CASE(
    "a request with a misspelt method, or with a method for servers only, is refused and "
    "recorded") {
  OneServer world({.name = "a", .tools = {"x"}});
  for (const char* method : {"Tools/call", "tools/Call", "tools/call ", "roots/list"}) {
    world.client_sends(request(method, R"({"name":"a__x"})"));
    const std::string answer = world.client_gets();
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

/// Returns the row of the last request, which was refused with `code`.
CallStarted refused_row(OneClient& world, const std::string& code) {
  CHECK(at(world.client_gets(), "/error/code") == code);
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

TEST_CASE("a malformed request is refused and recorded") {
  OneServer world({.name = "a", .tools = {"x"}});
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
    world.client_sends(request(wrong.method, wrong.params));
    const CallStarted row = refused_row(world, wrong.code);
    CHECK(row.kind == wrong.kind);
    CHECK(row.tool == wrong.name);
    CHECK(row.exposed == wrong.name);
    CHECK(row.args.bytes == wrong.params);
    CHECK(row.wire == wrong.params);
    CHECK(row.client_id == at(request("x", "{}"), "/id"));
    CHECK(world.record.all<CallStarted>().size() == rows + 1);
  }
}

TEST_CASE("a malformed modern request is refused and recorded") {
  OneClient world({"a"});
  world.open_modern();
  world.client_sends(modern_request("tools/call", R"(,"name":["a__x"])"));
  CHECK(refused_row(world, "-32602").era == "modern");
  world.client_sends(modern_request("tools/call", R"(,"name":"a__x","requestState":"cg1.1.1.x")"));
  CHECK(refused_row(world, "-32602").tool == "a__x");
  world.client_sends(modern_request("subscriptions/listen"));
  CHECK(refused_row(world, "-32602").tool == "subscriptions/listen");
  world.client_sends(request(
      "tools/call", R"({"name":"a__x","_meta":{"io.modelcontextprotocol/protocolVersion":5}})"));
  CHECK(refused_row(world, "-32602").tool == "a__x");
}

TEST_CASE("malformed requests count towards the bound on a session's rows for refused calls") {
  OneServer world({.name = "a", .tools = {"x"}});
  for (int i = 0; i < 1003; ++i) world.client_sends(request("tools/call", R"({"name":5})"));
  CHECK(world.link.got.size() == 1003);
  CHECK(world.record.all<CallStarted>().size() == 1001);  // the last one counts the rest
  world.gate->client_gone(world.now, world.session, "over");
  CHECK(world.record.all<CallFinished>().back().error.substr(0, 6) == "3 more");
}

TEST_CASE("a session has a bounded number of rows for refused calls, and the rest is counted") {
  OneServer world({.name = "a",
                   .tools = {"x", "y"},
                   .rules = {.deny = {{.pattern = "a__x", .written = "a__x"}}}});
  for (int i = 0; i < 1000; ++i)
    world.client_sends(i % 2 == 0 ? call_line("1", "a__x") : call_line("1", "a__none"));
  CHECK(world.record.all<CallStarted>().size() == 1000);
  CHECK(world.record.all<CallSkipped>().empty());
  world.link.got.clear();
  for (int i = 0; i < 6; ++i)
    world.client_sends(i % 2 == 0 ? call_line("1", "a__x") : call_line("1", "a__none"));
  CHECK(world.link.got.size() == 6);  // refused as before
  CHECK(world.children.got[0].empty());
  CHECK(world.record.all<CallSkipped>().size() == 6);
  CHECK(world.record.all<CallStarted>().size() == 1001);  // the last one counts the rest
  // Allowed calls are still recorded.
  world.client_sends(call_line("2", "a__y"));
  CHECK(at(world.child_gets(), "/method") == "\"tools/call\"");
  CHECK(world.record.all<CallStarted>().back().tool == "y");
  world.gate->client_gone(world.now, world.session, "over");
  CHECK(world.record.all<CallStarted>().back().tool == "(refused calls)");
  CHECK(world.record.all<CallFinished>().back().error.substr(0, 6) == "6 more");
}

TEST_CASE("after many refused calls a session may add a few rows of them a minute again") {
  OneServer world({.name = "a", .tools = {"x"}});
  const auto refused = [&](int count) {
    for (int i = 0; i < count; ++i) world.client_sends(call_line("1", "a__none"));
    world.link.got.clear();
    return world.record.all<CallStarted>().size();
  };
  REQUIRE(refused(1005) == 1001);
  world.pass(std::chrono::seconds(59));
  CHECK(world.record.all<CallStarted>().size() == 1001);
  world.pass(std::chrono::seconds(1));  // one row counts the calls without a row
  REQUIRE(world.record.all<CallStarted>().size() == 1002);
  CHECK(world.record.all<CallStarted>().back().tool == "(refused calls)");
  CHECK(world.record.all<CallFinished>().back().error.substr(0, 6) == "5 more");
  CHECK(world.record.all<CallFinished>().back().error.find(" between 2027-01-") !=
        std::string::npos);
  // After a minute there are 20 new rows, and after an hour of silence all of them.
  CHECK(refused(30) == 1022);
  world.pass(std::chrono::hours(1));
  CHECK(world.record.all<CallFinished>().back().error.substr(0, 7) == "10 more");
  CHECK(refused(1000) == 2023);
  CHECK(world.record.all<CallStarted>().back().tool == "a__none");
  world.gate->client_gone(world.now, world.session, "over");
  CHECK(world.record.all<CallStarted>().size() == 2023);  // no calls are without a row
}

TEST_CASE("a server has a bounded number of rows for refused questions, and the rest is counted") {
  OneClient world({"a", "b"});
  world.hello();
  world.client_sends(kList);
  world.bring_up(0, {"x"});
  world.bring_up(1, {"x"});
  const auto asks = [&](ServerIndex server, int count) {
    for (int i = 0; i < count; ++i) {
      world.child_sends(server, request("roots/list"));
      CHECK(at(world.child_gets(server), "/error/code") == "-32601");  // still refused
    }
    return world.record.all<Question>().size();
  };
  CHECK(asks(0, 1000) == 1000);
  CHECK(asks(0, 7) == 1000);
  CHECK(asks(1, 1) == 1001);  // another server has its own rows
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

/// A call of `a__x` becomes a task, which ends. Returns the task's name as JSON text.
std::string ended_task(OneClient& world, const std::string& id) {
  world.client_sends(call_line("1", "a__x", "{}", R"(,"task":{"ttl":60000})"));
  const std::string sent = world.child_gets();
  world.child_sends(answer_to(sent, R"({"task":{"taskId":")" + id + R"(","status":"working"}})"));
  std::string name = at(world.client_gets(), "/result/task/taskId");
  world.child_sends(notification("notifications/tasks/status",
                                 R"({"taskId":")" + id + R"(","status":"failed"})"));
  world.link.got.clear();
  return name;
}

}  // namespace

TEST_CASE("the task that ended first is forgotten first") {
  OneServer world({.name = "a", .tools = {"x"}});
  std::vector<std::string> names;
  for (int i = 0; i < 4098; ++i) names.push_back(ended_task(world, "t" + std::to_string(i)));
  const auto known = [&](const std::string& name) {
    world.client_sends(request("tasks/get", R"({"taskId":)" + name + "}"));
    return !world.child_gets().empty();
  };
  CHECK_FALSE(known(names[0]));
  CHECK_FALSE(known(names[1]));
  CHECK(known(names[2]));
  CHECK(known(names[3]));
  CHECK(known(names.back()));
}

TEST_CASE("an ended task does not reach another server whose child has the same number") {
  Subscribing world;
  world.hello();
  world.bring_up(0, {"x"});
  const std::string name = ended_task(world, "t");
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
  world.client_sends(kList);
  REQUIRE(world.children.starts[0] == 2);
  world.greet(0, "{}");
  world.children.got[0].clear();
  world.link.got.clear();
  world.client_sends(request("tasks/get", R"({"taskId":)" + name + "}"));
  CHECK(at(world.client_gets(), "/error/code") == "-32602");
  CHECK(world.children.got[0].empty());
}
