#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

PolicyConfig deny(const std::string& pattern) {
  return {.deny = {{.pattern = pattern, .because = "not here", .written = "deny[0] " + pattern}}};
}

/// Denies fs__read for paths that this constraint matches.
PolicyConfig deny_paths(ArgConstraint::Kind kind, const std::string& folder) {
  return {.deny = {{.pattern = "fs__read",
                    .args = {{.key = "path", .kind = kind, .texts = {folder}}},
                    .written = "deny[0]"}}};
}

}  // namespace

TEST_CASE(
    "a call goes to the server with our id and the server's name for the tool, and is answered "
    "with the client's id") {
  OneServer world;
  world.client_sends(call_line("\"x\"", "fs__read", R"({"a": 1.50, "b":9007199254740993})"));
  const std::string sent = world.child_gets();
  CHECK(at(sent, "/params/name") == "\"read\"");
  CHECK(at(sent, "/params/arguments") == R"({"a": 1.50, "b":9007199254740993})");
  CHECK(at(sent, "/id") != "\"x\"");
  world.child_sends(answer_to(sent, R"({"content":[],"x":1e400})"));
  CHECK(world.client_gets() == R"({"jsonrpc":"2.0","id":"x","result":{"content":[],"x":1e400}})");
  const auto finished = world.record.all<CallFinished>();
  REQUIRE(finished.size() == 1);
  CHECK(finished[0].outcome == Outcome::Ok);
  CHECK(world.record.all<CallStarted>()[0].client_id == "\"x\"");
  CHECK(world.gate->open_requests(world.session) == 0);
}

TEST_CASE("no call reaches a server before its row is durable") {
  OneServer world;
  world.hold_record = true;
  world.client_sends(call_line("1", "fs__read"));
  CHECK(world.child_gets().empty());
  world.hold_record = false;
  world.settle();
  CHECK(at(world.child_gets(), "/method") == "\"tools/call\"");
}

TEST_CASE("a call that cannot be recorded is not forwarded, and its client gets the reason") {
  OneServer world;
  world.hold_record = true;
  world.client_sends(call_line("1", "fs__read"));
  world.gate->record_failed(world.now, world.record.started.front(),
                            {"record.full", "the disk is full", "make room"});
  CHECK(world.child_gets().empty());
  CHECK(at(world.client_gets(), "/error/data/code") == "\"record.failed\"");
}

TEST_CASE("two calls in flight with the same id each get their own answer") {
  OneServer world;
  world.client_sends(call_line("1", "fs__read", R"({"n":"first"})"));
  world.client_sends(call_line("1", "fs__read", R"({"n":"second"})"));
  const std::string first = world.child_gets(), second = world.child_gets();
  REQUIRE(at(first, "/id") != at(second, "/id"));
  world.child_sends(answer_to(second, R"({"content":["second"]})"));
  world.child_sends(answer_to(first, R"({"content":["first"]})"));
  CHECK(at(world.client_gets(), "/result/content/0") == "\"second\"");
  CHECK(at(world.client_gets(), "/result/content/0") == "\"first\"");
}

TEST_CASE(
    "the client gets its ids back byte for byte: numbers, strings, negative, empty, beyond 2^53") {
  OneServer world;
  for (const std::string id : {"0", "-7", "9007199254740993", "\"1\"", "\"\"", "\"\\u0041\""}) {
    world.client_sends(call_line(id, "fs__read"));
    const std::string sent = world.child_gets();
    world.child_sends(answer_to(sent, "{}"));
    CHECK(at(world.client_gets(), "/id") == id);
  }
}

TEST_CASE(
    "a cancellation reaches the call's child with the child's id, and a late answer is dropped") {
  OneClient world({"fs", "git"});
  world.hello();
  world.bring_up(0, {"read"});
  world.bring_up(1, {"log"});
  world.client_sends(call_line("5", "git__log"));
  const std::string sent = world.child_gets(1);
  world.client_sends(
      notification("notifications/cancelled", R"({"requestId":5,"reason":"no \u00e9"})"));
  const std::string cancel = world.child_gets(1);
  CHECK(at(cancel, "/params/requestId") == at(sent, "/id"));
  CHECK(at(cancel, "/params/reason") == R"("no \u00e9")");
  CHECK(world.child_gets().empty());
  world.child_sends(1, answer_to(sent, "{}"));
  CHECK(world.link.got.empty());
  CHECK(world.record.all<CallFinished>()[0].outcome == Outcome::Cancelled);
  CHECK(world.gate->open_requests(world.session) == 0);
}

TEST_CASE("a call that is cancelled while its row is being written does not reach its server") {
  OneServer world;
  world.hold_record = true;
  world.client_sends(call_line("5", "fs__read"));
  world.client_sends(cancelled("5"));
  world.hold_record = false;
  world.settle();
  CHECK(world.child_gets().empty());
  CHECK(world.record.all<CallFinished>().size() == 1);
}

TEST_CASE("the cancellation of an unknown id is ignored") {
  OneServer world;
  world.client_sends(cancelled("\"5\""));
  world.client_sends(notification("notifications/cancelled"));
  CHECK(world.child_gets().empty());
  CHECK(world.link.got.empty());
}

TEST_CASE("progress reaches the client with its own token, and never after the answer") {
  World world({"fs"});
  FakeLink a, b;
  const auto first = world.connect(a), second = world.connect(b);
  world.bring_up(0, {"read"});
  world.client_sends(first,
                     call_line("1", "fs__read", "{}", R"(,"_meta":{"progressToken":"tok","k":2})"));
  world.client_sends(second,
                     call_line("1", "fs__read", "{}", R"(,"_meta":{"progressToken":"tok","k":2})"));
  const std::string one = world.child_gets(), two = world.child_gets();
  const std::string token = at(two, "/params/_meta/progressToken");
  CHECK(token != at(one, "/params/_meta/progressToken"));
  CHECK(at(two, "/params/_meta/k") == "2");
  world.child_sends(progress(token, R"(,"progress":0.50)"));
  CHECK(b.take() == R"({"jsonrpc":"2.0","method":"notifications/progress",)"
                    R"("params":{"progressToken":"tok","progress":0.50}})");
  CHECK(a.got.empty());
  world.child_sends(answer_to(two, "{}"));
  b.take();
  world.child_sends(progress(token, ""));
  CHECK(b.got.empty());
}

TEST_CASE(
    "protocol errors and tool errors are passed on as they are and recorded as different "
    "outcomes") {
  OneServer world;
  world.client_sends(call_line("1", "fs__read"));
  world.client_sends(call_line("2", "fs__read"));
  const std::string one = world.child_gets(), two = world.child_gets();
  world.child_sends(error_to(one, R"({"code":-32602,"message":"bad","data":[1]})"));
  world.child_sends(answer_to(two, R"({"content":[],"isError":true})"));
  CHECK(world.client_gets() ==
        R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"bad","data":[1]}})");
  CHECK(at(world.client_gets(), "/result/isError") == "true");
  const auto finished = world.record.all<CallFinished>();
  CHECK(finished[0].outcome == Outcome::RpcError);
  CHECK(finished[0].error_code == -32602);
  CHECK(finished[1].outcome == Outcome::ToolError);
}

TEST_CASE(
    "a running call fails when its server ends, with the reason and the last lines of stderr") {
  OneServer world;
  world.client_sends(call_line("1", "fs__read"));
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 3", .stderr_tail = "boom"});
  const std::string answer = world.client_gets();
  CHECK(at(answer, "/id") == "1");
  CHECK(at(answer, "/error/message").find("exited with status 3") != std::string::npos);
  CHECK(at(answer, "/error/message").find("boom") != std::string::npos);
  CHECK(world.children.starts[0] == 1);
  world.pass(1s);
  CHECK(world.children.starts[0] == 2);
}

TEST_CASE("a call ends after call_timeout without progress, and after call_cap in any case") {
  OneServer world({.config = ServerConfig{.name = "fs", .call_timeout = 10s, .call_cap = 25s}});
  world.client_sends(call_line("1", "fs__read", "{}", R"(,"_meta":{"progressToken":1})"));
  const std::string token = at(world.child_gets(), "/params/_meta/progressToken");
  for (int i = 0; i < 2; ++i) {
    world.pass(9s);
    world.child_sends(progress(token));
    CHECK(at(world.client_gets(), "/method") == "\"notifications/progress\"");
  }
  world.pass(6s);
  CHECK(world.link.got.empty());
  world.pass(1s);
  CHECK(at(world.client_gets(), "/error/data/code") == "\"server.timeout\"");
  CHECK(at(world.child_gets(), "/method") == "\"notifications/cancelled\"");
  CHECK(world.record.all<CallFinished>()[0].outcome == Outcome::Timeout);
}

TEST_CASE("a denied tool is not listed, and a call of it is refused with the rule and the reason") {
  OneServer world({.tools = {"read", "write"}, .rules = deny("fs__write")});
  world.client_sends(kList);
  const std::string list = world.client_gets();
  CHECK(at(list, "/result/tools/0/name") == "\"fs__read\"");
  CHECK(at(list, "/result/tools/1") == "absent");
  world.client_sends(call_line("2", "fs__write"));
  const std::string refused = world.client_gets();
  CHECK(at(refused, "/result/isError") == "true");
  CHECK(at(refused, "/result/content/0/text").find("deny[0] fs__write") != std::string::npos);
  CHECK(at(refused, "/result/content/0/text").find("not here") != std::string::npos);
  CHECK(at(refused, "/result/_meta/callgate~1decision") == "\"deny\"");
  CHECK(world.child_gets().empty());
  CHECK(world.record.all<CallFinished>()[0].outcome == Outcome::Denied);
  CHECK(world.record.all<CallStarted>()[0].permission == Permission::Deny);
}

TEST_CASE("an ask rule refuses a call because nobody can be asked yet") {
  OneServer world({.rules = {.ask = {{.pattern = "fs__*", .written = "ask[0] fs__*"}}}});
  world.client_sends(call_line("2", "fs__read"));
  const std::string refused = world.client_gets();
  CHECK(at(refused, "/result/isError") == "true");
  CHECK(at(refused, "/result/_meta/callgate~1decision") == "\"ask\"");
  CHECK(at(refused, "/result/content/0/text").find("approval") != std::string::npos);
}

TEST_CASE("a call of a hidden tool fails as unknown and is recorded") {
  OneServer world(
      {.config = ServerConfig{.name = "fs", .hide = {"move_*"}}, .tools = {"read", "move_file"}});
  world.client_sends(kList);
  CHECK(at(world.client_gets(), "/result/tools/1") == "absent");
  world.client_sends(call_line("2", "fs__move_file"));
  CHECK(at(world.client_gets(), "/error/message") == "\"Unknown tool: fs__move_file\"");
  CHECK(world.record.all<CallFinished>()[0].outcome == Outcome::Denied);
}

TEST_CASE("a call waits for its real paths if a rule needs them") {
  OneServer world({.rules = deny_paths(ArgConstraint::Kind::Outside, "/home/me/projects")});
  world.client_sends(call_line("1", "fs__read", R"({"path":"/home/me/projects/../x"})"));
  REQUIRE(world.paths.asked.size() == 1);
  CHECK(world.record.all<CallStarted>().empty());
  world.gate->paths_resolved(world.now, world.paths.asked[0].call,
                             {std::string("/home/me/projects"), std::string("/home/me/x")});
  world.settle();
  CHECK(at(world.client_gets(), "/result/isError") == "true");
  world.client_sends(call_line("2", "fs__read", R"({"path":"/home/me/projects/a"})"));
  world.gate->paths_resolved(
      world.now, world.paths.asked[1].call,
      {std::string("/home/me/projects"), std::string("/home/me/projects/a")});
  world.settle();
  CHECK(at(world.child_gets(), "/method") == "\"tools/call\"");
}

TEST_CASE("a session with many unresolved paths does not delay the paths of another session") {
  World world({"fs"}, {.rules = deny_paths(ArgConstraint::Kind::Outside, "/p")});
  FakeLink heavy_link, link;
  const auto heavy = world.connect(heavy_link);
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  const auto answer = [&world](size_t asked) {
    world.gate->paths_resolved(world.now, world.paths.asked[asked].call,
                               {std::string("/p"), std::string("/p/a")});
    world.settle();
  };
  for (int i = 1; i <= 100; ++i)
    world.client_sends(heavy, call_line(std::to_string(i), "fs__read", R"({"path":"/p/a"})"));
  CHECK(world.paths.asked.size() == 2);
  world.client_sends(session, call_line("1", "fs__read", R"({"path":"/p/a"})"));
  CHECK(world.paths.asked.size() == 3);
  // A call that is cancelled while it waits is not resolved, and its place becomes free.
  world.client_sends(heavy, cancelled("3"));
  world.client_sends(heavy, cancelled("1"));
  for (size_t asked = 0; asked < world.paths.asked.size(); ++asked) answer(asked);
  CHECK(world.paths.asked.size() == 100);
  CHECK(world.children.got[0].size() >= 99);
  world.client_sends(heavy, call_line("200", "fs__read", R"({"path":"/p/a"})"));
  CHECK(world.paths.asked.size() == 101);
}

TEST_CASE("a call fails at once if the queue to its child is full") {
  OneServer world;
  world.children.full = true;
  world.client_sends(call_line("1", "fs__read"));
  CHECK(at(world.client_gets(), "/error/data/code") == "\"server.full\"");
}

TEST_CASE("a call that ends before it is decided is recorded without a decision") {
  OneClient world({"fs"});
  world.hello();
  world.client_sends(call_line("1", "fs__read"));  // it waits for its server
  world.client_sends(cancelled("1"));
  const auto started = world.record.all<CallStarted>();
  REQUIRE(started.size() == 1);
  CHECK(started[0].permission == Permission::None);
  CHECK(world.record.all<CallFinished>().at(0).outcome == Outcome::Cancelled);
}

TEST_CASE("a session may have as many requests in flight as the limit allows, and not one more") {
  OneServer world({.limits = {.in_flight = 3}});
  for (int i = 0; i < 3; ++i) world.client_sends(call_line(std::to_string(i), "fs__read"));
  CHECK(world.link.got.empty());
  world.client_sends(call_line("9", "fs__read"));
  CHECK(at(world.client_gets(), "/error/data/code") == "\"session.full\"");
  for (const std::string& line :
       {request("tools/list"), request("logging/setLevel", R"({"level":"info"})"),
        request("resources/subscribe", R"({"uri":"x:1"})"), request("any/other")}) {
    world.client_sends(line);
    CHECK(at(world.client_gets(), "/error/data/code") == "\"session.full\"");
  }
  world.client_sends(request("ping"));
  CHECK(at(world.client_gets(), "/result") == "{}");
}

TEST_CASE("when a client goes, its calls are cancelled at the child and in the record") {
  OneServer world;
  world.client_sends(call_line("1", "fs__read"));
  world.child_gets();
  world.gate->client_gone(world.now, world.session, "stdin ended");
  CHECK(at(world.child_gets(), "/method") == "\"notifications/cancelled\"");
  CHECK(world.record.all<CallFinished>()[0].outcome == Outcome::Cancelled);
  CHECK(world.record.all<SessionClosed>().size() == 1);
}

TEST_CASE("a call that waited for a tool list is forwarded once, however long it runs") {
  OneClient world({"fs"}, {.limits = {.first_list = 10s}});
  world.hello();
  world.client_sends(call_line("1", "fs__read"));
  world.pass(2s);
  world.bring_up(0, {"read"});
  const std::string call = world.child_gets();
  CHECK(at(call, "/method") == "\"tools/call\"");
  world.pass(20s);
  CHECK(world.child_gets() == "");
  world.child_sends(answer_to(call, "{}"));
  CHECK(world.client_gets() == R"({"jsonrpc":"2.0","id":1,"result":{}})");
  CHECK(world.record.all<CallFinished>().at(0).rounds == 1);
}

TEST_CASE("a call of an unknown tool is an error and is recorded") {
  OneServer world;
  world.client_sends(call_line("1", "fs__raed"));
  CHECK(at(world.client_gets(), "/error/code") == "-32602");
  CHECK(world.record.all<CallStarted>()[0].tool == "fs__raed");
}

TEST_CASE("rules resolve a relative path against the client's roots") {
  OneServer world(
      {.client = R"({"roots":{}})", .rules = deny_paths(ArgConstraint::Kind::Inside, "/roots/x")});
  world.child_sends(request("roots/list"));
  const std::string asked = world.client_gets();
  REQUIRE(at(asked, "/method") == "\"roots/list\"");
  world.client_sends(answer_to(asked, R"({"roots":[{"uri":"file:///roots"}]})"));
  world.client_sends(call_line("1", "fs__read", R"({"path":"x/a"})"));
  REQUIRE(world.paths.asked.size() == 1);
  const auto& needs = world.paths.asked[0].needs;
  CHECK(std::find(needs.begin(), needs.end(), PathNeed{"/roots/x/a"}) != needs.end());
}
