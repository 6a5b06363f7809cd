#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

PolicyConfig deny(const std::string& pattern) {
  PolicyConfig rules;
  rules.deny.push_back(
      {.pattern = pattern, .because = "not here", .written = "deny[0] " + pattern});
  return rules;
}

}  // namespace

TEST_CASE(
    "a call reaches its server under our id and its own name, and comes back under the client's") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  world.say(session, call_line("\"x\"", "fs__read", R"({"a": 1.50, "b":9007199254740993})"));
  const std::string sent = world.children.take(0);
  CHECK(at(sent, "/params/name") == "\"read\"");
  CHECK(at(sent, "/params/arguments") == R"({"a": 1.50, "b":9007199254740993})");
  CHECK(at(sent, "/id") != "\"x\"");
  world.child_says(
      0, R"({"jsonrpc":"2.0","id":)" + at(sent, "/id") + R"(,"result":{"content":[],"x":1e400}})");
  CHECK(link.take() == R"({"jsonrpc":"2.0","id":"x","result":{"content":[],"x":1e400}})");
  const auto finished = world.record.all<CallFinished>();
  REQUIRE(finished.size() == 1);
  CHECK(finished[0].outcome == Outcome::Ok);
  CHECK(world.record.all<CallStarted>()[0].client_id == "\"x\"");
  CHECK(world.gate->open_requests(session) == 0);
}

TEST_CASE("nothing reaches a server before its record is durable") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  world.hold_record = true;
  world.say(session, call_line("1", "fs__read"));
  CHECK(world.children.take(0).empty());
  world.hold_record = false;
  world.settle();
  CHECK(at(world.children.take(0), "/method") == "\"tools/call\"");
}

TEST_CASE("a call that could not be recorded is not made, and the client learns why") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  world.hold_record = true;
  world.say(session, call_line("1", "fs__read"));
  world.gate->record_failed(world.now, world.record.started.front(),
                            {"record.full", "the disk is full", "make room"});
  CHECK(world.children.take(0).empty());
  CHECK(at(link.take(), "/error/data/code") == "\"record.failed\"");
}

TEST_CASE("the same id twice in flight is answered twice, each with its own answer") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  world.say(session, call_line("1", "fs__read", R"({"n":"first"})"));
  world.say(session, call_line("1", "fs__read", R"({"n":"second"})"));
  const std::string first = world.children.take(0), second = world.children.take(0);
  REQUIRE(at(first, "/id") != at(second, "/id"));
  world.child_says(
      0, R"({"jsonrpc":"2.0","id":)" + at(second, "/id") + R"(,"result":{"content":["second"]}})");
  world.child_says(
      0, R"({"jsonrpc":"2.0","id":)" + at(first, "/id") + R"(,"result":{"content":["first"]}})");
  CHECK(at(link.take(), "/result/content/0") == "\"second\"");
  CHECK(at(link.take(), "/result/content/0") == "\"first\"");
}

TEST_CASE("ids come back byte for byte: number, string, negative, empty, beyond 2^53") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  for (const std::string id : {"0", "-7", "9007199254740993", "\"1\"", "\"\"", "\"\\u0041\""}) {
    world.say(session, call_line(id, "fs__read"));
    const std::string sent = world.children.take(0);
    world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(sent, "/id") + R"(,"result":{}})");
    CHECK(at(link.take(), "/id") == id);
  }
}

TEST_CASE("a cancel reaches the owning child with its id, and a late answer is dropped") {
  World world({"fs", "git"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  world.bring_up(1, {"log"});
  world.say(session, call_line("5", "git__log"));
  const std::string sent = world.children.take(1);
  world.say(
      session,
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5,"reason":"no \u00e9"}})");
  const std::string cancel = world.children.take(1);
  CHECK(at(cancel, "/params/requestId") == at(sent, "/id"));
  CHECK(at(cancel, "/params/reason") == R"("no \u00e9")");
  CHECK(world.children.take(0).empty());
  world.child_says(1, R"({"jsonrpc":"2.0","id":)" + at(sent, "/id") + R"(,"result":{}})");
  CHECK(link.got.empty());
  CHECK(world.record.all<CallFinished>()[0].outcome == Outcome::Cancelled);
  CHECK(world.gate->open_requests(session) == 0);
}

TEST_CASE("a cancel while the row is being written keeps the call from its server") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  world.hold_record = true;
  world.say(session, call_line("5", "fs__read"));
  world.say(session,
            R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}})");
  world.hold_record = false;
  world.settle();
  CHECK(world.children.take(0).empty());
  CHECK(world.record.all<CallFinished>().size() == 1);
}

TEST_CASE("a cancel of an id that is not open is ignored") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  world.say(session,
            R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"5"}})");
  world.say(session, R"({"jsonrpc":"2.0","method":"notifications/cancelled"})");
  CHECK(world.children.take(0).empty());
  CHECK(link.got.empty());
}

TEST_CASE("progress comes under the client's own token, and none after the answer") {
  World world({"fs"});
  FakeLink a, b;
  const auto first = world.connect(a), second = world.connect(b);
  world.bring_up(0, {"read"});
  world.say(first, call_line("1", "fs__read", "{}", R"(,"_meta":{"progressToken":"tok","k":2})"));
  world.say(second, call_line("1", "fs__read", "{}", R"(,"_meta":{"progressToken":"tok","k":2})"));
  const std::string one = world.children.take(0), two = world.children.take(0);
  const std::string token = at(two, "/params/_meta/progressToken");
  CHECK(token != at(one, "/params/_meta/progressToken"));
  CHECK(at(two, "/params/_meta/k") == "2");
  world.child_says(
      0, R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)" +
             token + R"(,"progress":0.50}})");
  CHECK(
      b.take() ==
      R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"tok","progress":0.50}})");
  CHECK(a.got.empty());
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(two, "/id") + R"(,"result":{}})");
  b.take();
  world.child_says(
      0, R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)" +
             token + "}}");
  CHECK(b.got.empty());
}

TEST_CASE("a protocol error stays one, a tool error stays one, and the record tells them apart") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  world.say(session, call_line("1", "fs__read"));
  world.say(session, call_line("2", "fs__read"));
  const std::string one = world.children.take(0), two = world.children.take(0);
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(one, "/id") +
                          R"(,"error":{"code":-32602,"message":"bad","data":[1]}})");
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(two, "/id") +
                          R"(,"result":{"content":[],"isError":true}})");
  CHECK(link.take() ==
        R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"bad","data":[1]}})");
  CHECK(at(link.take(), "/result/isError") == "true");
  const auto finished = world.record.all<CallFinished>();
  CHECK(finished[0].outcome == Outcome::RpcError);
  CHECK(finished[0].error_code == -32602);
  CHECK(finished[1].outcome == Outcome::ToolError);
}

TEST_CASE("when its server ends, a running call fails at once with the reason and the last lines") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  world.say(session, call_line("1", "fs__read"));
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 3", .stderr_tail = "boom"});
  const std::string answer = link.take();
  CHECK(at(answer, "/id") == "1");
  CHECK(at(answer, "/error/message").find("exited with status 3") != std::string::npos);
  CHECK(at(answer, "/error/message").find("boom") != std::string::npos);
  CHECK(world.children.starts[0] == 1);
  world.pass(1s);
  CHECK(world.children.starts[0] == 2);
}

TEST_CASE(
    "a call times out after call_timeout, progress renews it, call_cap ends it all the same") {
  ServerConfig server;
  server.name = "fs";
  server.call_timeout = 10s;
  server.call_cap = 25s;
  World world({}, {}, {}, {server});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  world.say(session, call_line("1", "fs__read", "{}", R"(,"_meta":{"progressToken":1})"));
  const std::string token = at(world.children.take(0), "/params/_meta/progressToken");
  const std::string progress =
      R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)" + token +
      R"(,"progress":1}})";
  for (int i = 0; i < 2; ++i) {
    world.pass(9s);
    world.child_says(0, progress);
    CHECK(at(link.take(), "/method") == "\"notifications/progress\"");
  }
  world.pass(6s);
  CHECK(link.got.empty());
  world.pass(1s);
  CHECK(at(link.take(), "/error/data/code") == "\"server.timeout\"");
  CHECK(at(world.children.take(0), "/method") == "\"notifications/cancelled\"");
  CHECK(world.record.all<CallFinished>()[0].outcome == Outcome::Timeout);
}

TEST_CASE(
    "a denied tool is absent from the list and refused on call with the rule and the reason") {
  World world({"fs"}, deny("fs__write"));
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read", "write"});
  world.say(session, R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  const std::string list = link.take();
  CHECK(at(list, "/result/tools/0/name") == "\"fs__read\"");
  CHECK(at(list, "/result/tools/1") == "absent");
  world.say(session, call_line("2", "fs__write"));
  const std::string refused = link.take();
  CHECK(at(refused, "/result/isError") == "true");
  CHECK(at(refused, "/result/content/0/text").find("deny[0] fs__write") != std::string::npos);
  CHECK(at(refused, "/result/content/0/text").find("not here") != std::string::npos);
  CHECK(at(refused, "/result/_meta/callgate~1decision") == "\"deny\"");
  CHECK(world.children.take(0).empty());
  CHECK(world.record.all<CallFinished>()[0].outcome == Outcome::Denied);
  CHECK(world.record.all<CallStarted>()[0].permission == Permission::Deny);
}

TEST_CASE("an ask rule refuses truthfully: it needs a person and nobody can be asked yet") {
  PolicyConfig rules;
  rules.ask.push_back({.pattern = "fs__*", .written = "ask[0] fs__*"});
  World world({"fs"}, rules);
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  world.say(session, call_line("2", "fs__read"));
  const std::string refused = link.take();
  CHECK(at(refused, "/result/isError") == "true");
  CHECK(at(refused, "/result/_meta/callgate~1decision") == "\"ask\"");
  CHECK(at(refused, "/result/content/0/text").find("approval") != std::string::npos);
}

TEST_CASE("a hidden tool is unknown to a client that calls it, and the attempt is recorded") {
  ServerConfig server;
  server.name = "fs";
  server.hide = {"move_*"};
  World world({}, {}, {}, {server});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read", "move_file"});
  world.say(session, R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  CHECK(at(link.take(), "/result/tools/1") == "absent");
  world.say(session, call_line("2", "fs__move_file"));
  CHECK(at(link.take(), "/error/message") == "\"Unknown tool: fs__move_file\"");
  CHECK(world.record.all<CallFinished>()[0].outcome == Outcome::Denied);
}

TEST_CASE("a call that a rule on paths concerns waits for the paths") {
  PolicyConfig rules;
  RuleSpec rule{.pattern = "fs__read", .written = "deny[0]"};
  rule.args.push_back(
      {.key = "path", .kind = ArgConstraint::Kind::Outside, .texts = {"/home/me/projects"}});
  rules.deny.push_back(rule);
  World world({"fs"}, rules);
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  world.say(session, call_line("1", "fs__read", R"({"path":"/home/me/projects/../x"})"));
  REQUIRE(world.paths.asked.size() == 1);
  CHECK(world.record.all<CallStarted>().empty());
  world.gate->paths_resolved(world.now, world.paths.asked[0].call,
                             {std::string("/home/me/projects"), std::string("/home/me/x")});
  world.settle();
  CHECK(at(link.take(), "/result/isError") == "true");
  world.say(session, call_line("2", "fs__read", R"({"path":"/home/me/projects/a"})"));
  world.gate->paths_resolved(
      world.now, world.paths.asked[1].call,
      {std::string("/home/me/projects"), std::string("/home/me/projects/a")});
  world.settle();
  CHECK(at(world.children.take(0), "/method") == "\"tools/call\"");
}

TEST_CASE("paths of one session wait in a queue of its own") {
  PolicyConfig rules;
  RuleSpec rule{.pattern = "fs__read", .written = "deny[0]"};
  rule.args.push_back({.key = "path", .kind = ArgConstraint::Kind::Outside, .texts = {"/p"}});
  rules.deny.push_back(rule);
  World world({"fs"}, rules);
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
    world.say(heavy, call_line(std::to_string(i), "fs__read", R"({"path":"/p/a"})"));
  CHECK(world.paths.asked.size() == 2);
  world.say(session, call_line("1", "fs__read", R"({"path":"/p/a"})"));
  CHECK(world.paths.asked.size() == 3);
  // One that is cancelled while it waits is not asked about, and keeps no place.
  world.say(heavy,
            R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3}})");
  world.say(heavy,
            R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})");
  for (size_t asked = 0; asked < world.paths.asked.size(); ++asked) answer(asked);
  CHECK(world.paths.asked.size() == 100);
  CHECK(world.children.got[0].size() >= 99);
  world.say(heavy, call_line("200", "fs__read", R"({"path":"/p/a"})"));
  CHECK(world.paths.asked.size() == 101);
}

TEST_CASE("a full queue towards a child fails that call at once") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  world.children.full = true;
  world.say(session, call_line("1", "fs__read"));
  CHECK(at(link.take(), "/error/data/code") == "\"server.full\"");
}

TEST_CASE("what ends before it is decided is recorded so") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.say(session, call_line("1", "fs__read"));  // waits for its server
  world.say(session, R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{)"
                     R"("requestId":1}})");
  const auto started = world.record.all<CallStarted>();
  REQUIRE(started.size() == 1);
  CHECK(started[0].permission == Permission::None);
  CHECK(world.record.all<CallFinished>().at(0).outcome == Outcome::Cancelled);
}

TEST_CASE("in-flight requests of a session are limited: at the limit yes, one over no") {
  Limits limits;
  limits.in_flight = 3;
  World world({"fs"}, {}, limits);
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  for (int i = 0; i < 3; ++i) world.say(session, call_line(std::to_string(i), "fs__read"));
  CHECK(link.got.empty());
  world.say(session, call_line("9", "fs__read"));
  CHECK(at(link.take(), "/error/data/code") == "\"session.full\"");
  for (const std::string rest :
       {R"("method":"tools/list")", R"("method":"logging/setLevel","params":{"level":"info"})",
        R"("method":"resources/subscribe","params":{"uri":"x:1"})", R"("method":"any/other")"}) {
    world.say(session, R"({"jsonrpc":"2.0","id":10,)" + rest + "}");
    CHECK(at(link.take(), "/error/data/code") == "\"session.full\"");
  }
  world.say(session, R"({"jsonrpc":"2.0","id":11,"method":"ping"})");
  CHECK(at(link.take(), "/result") == "{}");
}

TEST_CASE("when the client goes, its calls are cancelled at the child and in the record") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  world.say(session, call_line("1", "fs__read"));
  world.children.take(0);
  world.gate->client_gone(world.now, session, "stdin ended");
  CHECK(at(world.children.take(0), "/method") == "\"notifications/cancelled\"");
  CHECK(world.record.all<CallFinished>()[0].outcome == Outcome::Cancelled);
  CHECK(world.record.all<SessionClosed>().size() == 1);
}

TEST_CASE("a call that waited for a list is made once, however long it takes then") {
  Limits limits;
  limits.first_list = 10s;
  World world({"fs"}, {}, limits);
  FakeLink link;
  const auto session = world.connect(link);
  world.say(session, call_line("1", "fs__read"));
  world.pass(2s);
  world.bring_up(0, {"read"});
  const std::string call = world.children.take(0);
  CHECK(at(call, "/method") == "\"tools/call\"");
  world.pass(20s);
  CHECK(world.children.take(0) == "");
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(call, "/id") + R"(,"result":{}})");
  CHECK(link.take() == R"({"jsonrpc":"2.0","id":1,"result":{}})");
  CHECK(world.record.all<CallFinished>().at(0).rounds == 1);
}

TEST_CASE("a call to an unknown name is an error and in the record") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  world.say(session, call_line("1", "fs__raed"));
  CHECK(at(link.take(), "/error/code") == "-32602");
  CHECK(world.record.all<CallStarted>()[0].tool == "fs__raed");
}

TEST_CASE("a client's roots are folders under which a relative path is judged") {
  PolicyConfig rules;
  RuleSpec rule{.pattern = "fs__read", .written = "deny[0]"};
  rule.args.push_back({.key = "path", .kind = ArgConstraint::Kind::Inside, .texts = {"/roots/x"}});
  rules.deny.push_back(rule);
  World world({"fs"}, rules);
  FakeLink link;
  const auto session = world.connect(link, R"({"roots":{}})");
  world.bring_up(0, {"read"});
  world.child_says(0, R"({"jsonrpc":"2.0","id":7,"method":"roots/list"})");
  const std::string asked = link.take();
  REQUIRE(at(asked, "/method") == "\"roots/list\"");
  world.say(session, R"({"jsonrpc":"2.0","id":)" + at(asked, "/id") +
                         R"(,"result":{"roots":[{"uri":"file:///roots"}]}})");
  world.say(session, call_line("1", "fs__read", R"({"path":"x/a"})"));
  REQUIRE(world.paths.asked.size() == 1);
  const auto& needs = world.paths.asked[0].needs;
  CHECK(std::find(needs.begin(), needs.end(), PathNeed{"/roots/x/a"}) != needs.end());
}
