// The four combinations of a client's and a server's era.
#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

const std::string kTools = R"({"tools":{}})";

std::string meta(const std::string& capabilities = "{}", const std::string& more = "") {
  return R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
         R"("io.modelcontextprotocol/clientInfo":{"name":"m","version":"1"},)"
         R"("io.modelcontextprotocol/clientCapabilities":)" +
         capabilities + more + "}";
}

std::string modern_call(const std::string& id, const std::string& tool,
                        const std::string& capabilities = "{}", const std::string& more = "") {
  return R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":"tools/call","params":{"name":")" + tool +
         R"(","arguments":{"a":1},)" + meta(capabilities) + more + "}}";
}

ServerConfig server_of(const std::string& name, ServerEra era) {
  ServerConfig server;
  server.name = name;
  server.command = "none";
  server.era = era;
  return server;
}

Limits two_in_flight() {
  Limits limits;
  limits.in_flight = 2;
  return limits;
}

struct Modern : World {
  explicit Modern(ServerEra era = ServerEra::Modern) : World({}, {}, {}, {server_of("fs", era)}) {}
  void bring_up_modern(const std::string& capabilities = kTools) {
    gate->child_up(now, 0, 100);
    answer(0, "server/discover",
           R"({"resultType":"complete","supportedVersions":["2026-07-28"],"ttlMs":0,)"
           R"("cacheScope":"private","capabilities":)" +
               capabilities + "}");
    answer(0, "tools/list",
           R"({"resultType":"complete","ttlMs":0,"cacheScope":"private","tools":[)"
           R"({"name":"read","inputSchema":{"type":"object"},"outputSchema":{"type":"string"}}]})");
  }
};

// A modern client's session on a gate whose legacy server "fs" is up with tool "read".
struct Legacy : World {
  FakeLink link;
  SessionNumber session;
  Legacy() : World({"fs"}) {
    session = gate->open_session(now, link, {});
    say(session, R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{)" + meta() + "}}");
    bring_up(0, {"read"});
  }
};

}  // namespace

TEST_CASE("a modern request without version or capabilities is refused, each with its code") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.gate->open_session(world.now, link, {});
  const auto code = [&](const std::string& text) {
    world.say(session,
              R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":)" + text + "}}");
    return at(link.take(), "/error/code");
  };
  CHECK(code(R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28"})") == "-32602");
  CHECK(code(R"({"io.modelcontextprotocol/protocolVersion":7})") == "-32602");
  CHECK(code(R"({"io.modelcontextprotocol/protocolVersion":"1999-01-01",)"
             R"("io.modelcontextprotocol/clientCapabilities":{}})") == "-32022");
  CHECK(code(R"({"io.modelcontextprotocol/clientCapabilities":{}})") == "-32602");
}

TEST_CASE("methods that the modern era has removed are unknown to it") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.gate->open_session(world.now, link, {});
  for (const std::string method : {"initialize", "ping", "logging/setLevel", "resources/subscribe",
                                   "resources/unsubscribe", "tasks/list", "no/such"}) {
    world.say(session,
              R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":{)" + meta() + "}}");
    CHECK(at(link.take(), "/error/code") == "-32601");
  }
}

TEST_CASE("a legacy server's list and result are completed for a modern client") {
  Legacy world;
  const std::string list = world.link.take();
  CHECK(at(list, "/result/resultType") == "\"complete\"");
  CHECK(at(list, "/result/cacheScope") == "\"private\"");
  world.say(world.session, modern_call("\"x\"", "fs__read", "{}"));
  const std::string forwarded = world.children.take(0);
  CHECK(at(forwarded, "/params/name") == "\"read\"");
  CHECK(at(forwarded, "/params/_meta") == "{}");
  world.child_says(
      0, R"({"jsonrpc":"2.0","id":)" + at(forwarded, "/id") + R"(,"result":{"content":[]}})");
  const std::string answer = world.link.take();
  CHECK(answer == R"({"jsonrpc":"2.0","id":"x","result":{"content":[],"resultType":"complete"}})");
}

TEST_CASE("a legacy server's question is an answer to a modern client, and its retry the reply") {
  Legacy world;
  world.link.take();
  world.say(world.session, modern_call("5", "fs__read", R"({"elicitation":{}})"));
  const std::string forwarded = world.children.take(0);
  world.child_says(0, R"({"jsonrpc":"2.0","id":"q1","method":"elicitation/create",)"
                      R"("params":{"message":"name?","requestedSchema":{"type":"object"}}})");
  world.pass(10ms);
  const std::string asked = world.link.take();
  CHECK(at(asked, "/id") == "5");
  CHECK(at(asked, "/result/resultType") == "\"input_required\"");
  CHECK(at(asked, "/result/inputRequests/question-1-1/method") == "\"elicitation/create\"");
  const std::string state = at(asked, "/result/requestState");

  SUBCASE("the reply goes to the child and its answer to the retry") {
    world.pass(10s);
    world.say(world.session,
              modern_call("6", "fs__read", R"({"elicitation":{}})",
                          R"(,"inputResponses":{"question-1-1":{"action":"accept"}},)"
                          R"("requestState":)" +
                              state));
    CHECK(world.children.take(0) == R"({"jsonrpc":"2.0","id":"q1","result":{"action":"accept"}})");
    world.child_says(
        0, R"({"jsonrpc":"2.0","id":)" + at(forwarded, "/id") + R"(,"result":{"content":[]}})");
    CHECK(at(world.link.take(), "/id") == "6");
    const auto ends = world.record.all<CallFinished>();
    REQUIRE(ends.size() == 1);
    CHECK(ends[0].rounds == 2);
    CHECK(ends[0].waited == Nanos(10s));
  }
  SUBCASE("a state that was changed, or comes with other arguments, is refused") {
    std::string changed = state;
    changed[changed.size() - 2] = changed[changed.size() - 2] == '0' ? '1' : '0';
    world.say(world.session, modern_call("6", "fs__read", "{}", R"(,"requestState":)" + changed));
    CHECK(at(world.link.take(), "/error/code") == "-32602");
    std::string other = modern_call("7", "fs__read", "{}", R"(,"requestState":)" + state);
    other.replace(other.find(R"({"a":1})"), 7, R"({"a":2})");
    world.say(world.session, other);
    CHECK(at(world.link.take(), "/error/code") == "-32602");
  }
  SUBCASE("a client that does not come back times the call out") {
    world.pass(11min);
    CHECK(at(world.children.take(0), "/method") == "\"notifications/cancelled\"");
    const auto ends = world.record.all<CallFinished>();
    REQUIRE(ends.size() == 1);
    CHECK(ends[0].outcome == Outcome::Timeout);
  }
  SUBCASE("an answer that comes before the retry is kept for it") {
    world.child_says(
        0, R"({"jsonrpc":"2.0","id":)" + at(forwarded, "/id") + R"(,"result":{"content":[]}})");
    CHECK(world.link.take() == "");
    world.say(world.session, modern_call("6", "fs__read", "{}", R"(,"requestState":)" + state));
    CHECK(at(world.link.take(), "/result/content") == "[]");
  }
  SUBCASE("its session's end ends it") {
    world.gate->client_gone(world.now, world.session, "test");
    CHECK(world.record.all<CallFinished>().size() == 1);
  }
}

TEST_CASE("a server that fails for want of a capability gives the modern era's own error") {
  Legacy world;
  world.link.take();
  world.say(world.session, modern_call("5", "fs__read"));
  const std::string forwarded = world.children.take(0);
  world.child_says(0, R"({"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{}})");
  CHECK(at(world.children.take(0), "/error/code") == "-32601");
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(forwarded, "/id") +
                          R"(,"result":{"content":[],"isError":true}})");
  const std::string answer = world.link.take();
  CHECK(at(answer, "/error/code") == "-32021");
  CHECK(at(answer, "/error/data/requiredCapabilities/sampling") == "{}");
}

TEST_CASE("a modern server gets the legacy client's words, and its answers lose their own") {
  Modern world;
  FakeLink link;
  const auto session = world.connect(link, R"({"elicitation":{}})");
  world.bring_up_modern();
  world.say(session, R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  const std::string list = link.take();
  CHECK(at(list, "/result/resultType") == "absent");
  CHECK(at(list, "/result/tools/0/outputSchema") == "absent");
  world.say(session, call_line("2", "fs__read"));
  const std::string forwarded = world.children.take(0);
  CHECK(at(forwarded, "/params/_meta/io.modelcontextprotocol~1protocolVersion") ==
        "\"2026-07-28\"");
  CHECK(at(forwarded, "/params/_meta/io.modelcontextprotocol~1clientCapabilities") ==
        R"({"elicitation":{}})");
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(forwarded, "/id") +
                          R"(,"result":{"resultType":"complete","content":[],)"
                          R"("structuredContent":"text"}})");
  CHECK(link.take() == R"({"jsonrpc":"2.0","id":2,"result":{"content":[]}})");
}

TEST_CASE("a request of a modern server is refused with a row") {
  Modern world;
  FakeLink link;
  const auto session = world.connect(link, R"({"sampling":{}})");
  world.bring_up_modern();
  link.got.clear();
  world.children.got[0].clear();
  world.child_says(0, R"({"jsonrpc":"2.0","id":1,"method":"sampling/createMessage",)"
                      R"("params":{"messages":[]}})");
  CHECK(at(world.children.take(0), "/error/code") == "-32601");
  CHECK(link.got.empty());
  REQUIRE(world.record.all<Question>().size() == 1);
  const Question row = world.record.all<Question>()[0];
  CHECK(row.permission == Permission::Deny);
  CHECK(row.method == "sampling/createMessage");
  CHECK(row.session == session);
  CHECK(row.params.bytes == R"({"messages":[]})");
  CHECK(row.because == "servers send no requests in revision 2026-07-28");
}

TEST_CASE("inputs that a modern server wants are questions to a legacy client") {
  Modern world;
  FakeLink link;
  const auto session = world.connect(link, R"({"elicitation":{},"roots":{}})");
  world.bring_up_modern();
  world.say(session, call_line("2", "fs__read"));
  const std::string first = world.children.take(0);
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(first, "/id") +
                          R"(,"result":{"resultType":"input_required","requestState":"S\u0041",)"
                          R"("inputRequests":{"k":{"method":"elicitation/create","params":)"
                          R"({"message":"?"}},"r":{"method":"roots/list"}}}})");
  const std::string question = link.take(), roots = link.take();
  CHECK(at(question, "/method") == "\"elicitation/create\"");
  CHECK(at(roots, "/method") == "\"roots/list\"");
  world.say(session, R"({"jsonrpc":"2.0","id":)" + at(roots, "/id") + R"(,"result":{"roots":[]}})");
  CHECK(world.children.take(0) == "");

  SUBCASE("all answered: the call goes on") {
    world.say(session, R"({"jsonrpc":"2.0","id":)" + at(question, "/id") +
                           R"(,"result":{"action":"decline"}})");
    const std::string second = world.children.take(0);
    CHECK(at(second, "/params/inputResponses/k") == R"({"action":"decline"})");
    CHECK(at(second, "/params/inputResponses/r") == R"({"roots":[]})");
    CHECK(at(second, "/params/requestState") == R"("S\u0041")");
    CHECK(at(second, "/id") != at(first, "/id"));
    world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(second, "/id") +
                            R"(,"result":{"resultType":"complete","content":[]}})");
    CHECK(link.take() == R"({"jsonrpc":"2.0","id":2,"result":{"content":[]}})");
    CHECK(world.record.all<Question>().size() == 2);
    CHECK(world.record.all<CallFinished>().at(0).rounds == 2);
    CHECK(world.record.all<CallFinished>().at(0).facts);  // seen by the guard, once
    CHECK(world.record.all<CallFinished>().size() == 1);
  }
  SUBCASE("the client refuses: the call fails so that the model sees it") {
    world.say(session, R"({"jsonrpc":"2.0","id":)" + at(question, "/id") +
                           R"(,"error":{"code":-1,"message":"no"}})");
    const std::string answer = link.take();
    CHECK(at(answer, "/id") == "2");
    CHECK(at(answer, "/result/isError") == "true");
  }
  SUBCASE("the client cancels: it is not asked any more") {
    world.say(session, R"({"jsonrpc":"2.0","method":"notifications/cancelled",)"
                       R"("params":{"requestId":2}})");
    CHECK(at(link.take(), "/params/requestId") == at(question, "/id"));
  }
}

TEST_CASE("a modern server's state stays with us: a modern client gets ours") {
  Modern world;
  FakeLink link;
  const auto session = world.gate->open_session(world.now, link, {});
  world.say(session, R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{)" + meta() + "}}");
  world.bring_up_modern();
  link.take();
  world.say(session, modern_call("2", "fs__read", R"({"elicitation":{}})"));
  const std::string first = world.children.take(0);
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(first, "/id") +
                          R"(,"result":{"resultType":"input_required","requestState":"theirs",)"
                          R"("inputRequests":{"k":{"method":"elicitation/create","params":{}}}}})");
  const std::string asked = link.take(), state = at(asked, "/result/requestState");
  CHECK(state != "\"theirs\"");
  CHECK(at(asked, "/result/inputRequests/k/method") == "\"elicitation/create\"");
  world.say(session,
            modern_call("3", "fs__read", R"({"elicitation":{}})",
                        R"(,"inputResponses":{"k":{"action":"accept"}},"requestState":)" + state));
  const std::string second = world.children.take(0);
  CHECK(at(second, "/params/requestState") == "\"theirs\"");
  CHECK(at(second, "/params/inputResponses/k/action") == "\"accept\"");
}

TEST_CASE("a question that the client did not say it can answer is not put to it") {
  Modern world;
  FakeLink link;
  const auto session = world.connect(link, "{}");
  world.bring_up_modern();
  world.say(session, call_line("2", "fs__read"));
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(world.children.take(0), "/id") +
                          R"(,"result":{"resultType":"input_required",)"
                          R"("inputRequests":{"k":{"method":"elicitation/create","params":{}}}}})");
  CHECK(at(link.take(), "/result/isError") == "true");
}

TEST_CASE("an old server that dies of the probe is started again without one") {
  Modern world(ServerEra::Auto);
  FakeLink link;
  world.connect(link);
  world.gate->child_up(world.now, 0, 1);
  CHECK(at(world.children.take(0), "/method") == "\"server/discover\"");
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 1", .stderr_tail = ""});
  CHECK(world.children.starts[0] == 2);
  world.gate->child_up(world.now, 0, 2);
  CHECK(at(world.children.take(0), "/method") == "\"initialize\"");
}

TEST_CASE("an old server that does not answer the probe is started again without one") {
  Modern world(ServerEra::Auto);
  FakeLink link;
  world.connect(link);
  world.gate->child_up(world.now, 0, 1);
  world.pass(6s);
  CHECK(world.children.stops[0] == 1);
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 0", .stderr_tail = ""});
  CHECK(world.children.starts[0] == 2);
}

TEST_CASE("an old server that refuses the probe is greeted on the same pipe") {
  Modern world(ServerEra::Auto);
  FakeLink link;
  world.connect(link);
  world.gate->child_up(world.now, 0, 1);
  const std::string probe = world.children.take(0);
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(probe, "/id") +
                          R"(,"error":{"code":-32602,"message":"?"}})");
  CHECK(at(world.children.take(0), "/method") == "\"initialize\"");
}

TEST_CASE("a server that knows no initialize is asked in the modern way") {
  Modern world(ServerEra::Legacy);
  FakeLink link;
  const auto session = world.connect(link);
  world.gate->child_up(world.now, 0, 1);
  const std::string hello = world.children.take(0);
  CHECK(at(hello, "/method") == "\"initialize\"");
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(hello, "/id") +
                          R"(,"error":{"code":-32601,"message":"?"}})");
  world.answer(0, "server/discover",
               R"({"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}})");
  world.answer(0, "tools/list", R"({"tools":[{"name":"t","inputSchema":{"type":"object"}}]})");
  world.say(session, call_line("2", "fs__t"));
  CHECK(at(world.children.take(0), "/params/name") == "\"t\"");
}

TEST_CASE("a modern client hears of changes that it asked for, and of nothing else") {
  Legacy world;
  world.link.take();
  world.say(world.session,
            R"({"jsonrpc":"2.0","id":"L","method":"subscriptions/listen","params":{)" + meta() +
                R"(,"notifications":{"toolsListChanged":true}}})");
  const std::string first = world.link.take();
  CHECK(at(first, "/method") == "\"notifications/subscriptions/acknowledged\"");
  CHECK(at(first, "/params/notifications") == R"({"toolsListChanged":true})");
  CHECK(at(first, "/params/_meta/io.modelcontextprotocol~1subscriptionId") == "\"L\"");
  world.child_says(0, R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
  world.answer(0, "tools/list", R"({"tools":[{"name":"new","inputSchema":{"type":"object"}}]})");
  const std::string told = world.link.take();
  CHECK(at(told, "/method") == "\"notifications/tools/list_changed\"");
  CHECK(at(told, "/params/_meta/io.modelcontextprotocol~1subscriptionId") == "\"L\"");
  world.child_says(0, R"({"jsonrpc":"2.0","method":"notifications/prompts/list_changed"})");
  world.say(world.session, R"({"jsonrpc":"2.0","method":"notifications/cancelled",)"
                           R"("params":{"requestId":"L"}})");
  CHECK(world.gate->open_requests(world.session) == 0);
}

TEST_CASE("a modern server is listened to for what anybody wants to hear") {
  Modern world;
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up_modern(R"({"tools":{"listChanged":true},"resources":{"subscribe":true}})");
  world.answer(0, "resources/list", R"({"resources":[{"uri":"a://1","name":"x"}]})");
  world.answer(0, "resources/templates/list", R"({"resourceTemplates":[]})");
  const std::string listen = world.children.take(0);
  CHECK(at(listen, "/params/notifications") == R"({"toolsListChanged":true})");
  world.say(session,
            R"({"jsonrpc":"2.0","id":3,"method":"resources/subscribe","params":{"uri":"a://1"}})");
  CHECK(at(link.take(), "/result") == "{}");
  const std::string wider = world.children.take(0);
  CHECK(at(wider, "/params/notifications/resourceSubscriptions") == R"(["a://1"])");
  CHECK(at(world.children.take(0), "/params/requestId") == at(listen, "/id"));
  world.child_says(0, R"({"jsonrpc":"2.0","method":"notifications/resources/updated","params":)"
                      R"({"uri":"a://1","_meta":{"io.modelcontextprotocol/subscriptionId":9}}})");
  CHECK(link.take() == R"({"jsonrpc":"2.0","method":"notifications/resources/updated",)"
                       R"("params":{"uri":"a://1","_meta":{}}})");
}

TEST_CASE("a log message goes to the modern request that asked for its level") {
  Legacy world;
  world.link.take();
  std::string call = modern_call("1", "fs__read");
  call.replace(call.find(R"("io.modelcontextprotocol/clientInfo")"), 0,
               R"("io.modelcontextprotocol/logLevel":"warning",)");
  world.say(world.session, call);
  world.child_says(0, R"({"jsonrpc":"2.0","method":"notifications/message",)"
                      R"("params":{"level":"info","data":1}})");
  CHECK(world.link.take() == "");
  world.child_says(0, R"({"jsonrpc":"2.0","method":"notifications/message",)"
                      R"("params":{"level":"error","data":2}})");
  CHECK(at(world.link.take(), "/params/data") == "2");
}

TEST_CASE("a task is known by our id, and its call ends when it does") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link, "{}", "2025-11-25");
  world.bring_up(0, {"read"}, R"({"tools":{},"tasks":{"requests":{"tools":{"call":{}}}}})");
  world.say(session, call_line("1", "fs__read", "{}", R"(,"task":{"ttl":60000})"));
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(world.children.take(0), "/id") +
                          R"(,"result":{"task":{"taskId":"t1","status":"working"}}})");
  const std::string id = at(link.take(), "/result/task/taskId");
  CHECK(id != "\"t1\"");
  CHECK(world.record.all<CallFinished>().empty());
  const auto ask = [&](const std::string& method) {
    world.say(session, R"({"jsonrpc":"2.0","id":2,"method":")" + method +
                           R"(","params":{"taskId":)" + id + "}}");
    return world.children.take(0);
  };
  const std::string get = ask("tasks/get");
  CHECK(at(get, "/params/taskId") == "\"t1\"");
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(get, "/id") +
                          R"(,"result":{"taskId":"t1","status":"completed"}})");
  CHECK(at(link.take(), "/result/taskId") == id);
  const std::string result = ask("tasks/result");
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(result, "/id") +
                          R"(,"result":{"content":[],"_meta":{)"
                          R"("io.modelcontextprotocol/related-task":{"taskId":"t1"}}}})");
  CHECK(at(link.take(), "/result/_meta/io.modelcontextprotocol~1related-task/taskId") == id);
  REQUIRE(world.record.all<CallFinished>().size() == 1);
  CHECK(world.record.all<CallFinished>()[0].outcome == Outcome::Ok);
  CHECK(world.record.all<CallFinished>()[0].facts);
  FakeLink other;
  const auto stranger = world.connect(other, "{}", "2025-11-25");
  world.say(stranger,
            R"({"jsonrpc":"2.0","id":2,"method":"tasks/get","params":{"taskId":)" + id + "}}");
  CHECK(at(other.take(), "/error/code") == "-32602");
}

TEST_CASE("sessions share a child until it asks; then each moves to one of its own") {
  World world({"fs"});
  FakeLink one, two;
  const auto first = world.connect(one, R"({"roots":{}})");
  world.bring_up(0, {"read"});
  const auto second = world.connect(two, R"({"roots":{}})");
  CHECK(world.children.starts.size() == 1);
  world.say(first, call_line("1", "fs__read"));
  world.say(second, call_line("1", "fs__read"));
  const std::string a = world.children.take(0), b = world.children.take(0);
  world.child_says(0, R"({"jsonrpc":"2.0","id":1,"method":"roots/list"})");
  CHECK(at(world.children.take(0), "/error/message") ==
        "\"callgate cannot tell which client this question is for\"");
  REQUIRE(world.record.all<Question>().size() == 1);
  CHECK(world.record.all<Question>()[0].permission == Permission::Deny);
  for (const std::string& call : {a, b})
    world.child_says(
        0, R"({"jsonrpc":"2.0","id":)" + at(call, "/id") + R"(,"result":{"content":[]}})");
  world.say(second, call_line("2", "fs__read"));
  CHECK(world.children.starts[1] == 1);
  CHECK(world.children.started[1] == 0);
  world.say(first, call_line("2", "fs__read"));
  CHECK(at(world.children.take(0), "/method") == "\"tools/call\"");
}

TEST_CASE("a child that is told to stop is started again only when it is gone") {
  std::vector<ServerConfig> servers = {server_of("fs", ServerEra::Legacy)};
  servers[0].share = Share::Session;
  World world({}, {}, {}, servers);
  FakeLink one, two;
  const auto first = world.connect(one);
  world.bring_up(0, {"read"});
  world.gate->client_gone(world.now, first, "test");
  CHECK(world.children.stops[0] == 1);
  world.connect(two);
  CHECK(world.children.starts[0] == 1);
  CHECK(world.children.starts[1] == 1);
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 0", .stderr_tail = ""});
  CHECK(world.children.starts[0] == 1);
}

TEST_CASE("streams of changes count as open requests") {
  World world({"fs"}, {}, two_in_flight());
  FakeLink link;
  const auto session = world.gate->open_session(world.now, link, {});
  const auto listen = [&](const std::string& id) {
    world.say(session, R"({"jsonrpc":"2.0","id":)" + id +
                           R"(,"method":"subscriptions/listen","params":{)" + meta() +
                           R"(,"notifications":{}}})");
    return link.take();
  };
  CHECK(at(listen("1"), "/method") == "\"notifications/subscriptions/acknowledged\"");
  CHECK(at(listen("2"), "/method") == "\"notifications/subscriptions/acknowledged\"");
  CHECK(at(listen("3"), "/error/data/code") == "\"session.full\"");
}

TEST_CASE("calls that wait for their client to come back are limited, and coming back is not") {
  World world({}, {}, two_in_flight(), {server_of("fs", ServerEra::Modern)});
  FakeLink link;
  const auto session = world.gate->open_session(world.now, link, {});
  world.say(session, R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{)" + meta() + "}}");
  world.gate->child_up(world.now, 0, 100);
  world.answer(0, "server/discover",
               R"({"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}})");
  world.answer(0, "tools/list", R"({"tools":[{"name":"read","inputSchema":{"type":"object"}}]})");
  link.take();
  std::string state;
  for (const std::string id : {"2", "3"}) {
    world.say(session, modern_call(id, "fs__read"));
    world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(world.children.take(0), "/id") +
                            R"(,"result":{"resultType":"input_required","requestState":"s"}})");
    state = at(link.take(), "/result/requestState");
  }
  world.say(session, modern_call("4", "fs__read"));
  CHECK(at(link.take(), "/error/data/code") == "\"session.full\"");
  world.say(session, modern_call("5", "fs__read", "{}", R"(,"requestState":)" + state));
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(world.children.take(0), "/id") +
                          R"(,"result":{"resultType":"complete","content":[]}})");
  CHECK(at(link.take(), "/result/content") == "[]");
  world.say(session, modern_call("6", "fs__read"));
  CHECK(at(world.children.take(0), "/params/name") == "\"read\"");
}

namespace {
const std::string kRoots = R"({"roots":{}})";
const std::string kGiven = R"({"roots":[{"uri":"file:///p","name":"p"}]})";

/// A modern client that can name its roots, and a legacy server that is up.
struct Rooted : World {
  FakeLink link;
  SessionNumber session = gate->open_session(now, link, {});
  Rooted() : World({"fs"}) {
    say(session,
        R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{)" + meta(kRoots) + "}}");
    gate->child_up(now, 0, 100);
    answer(0, "initialize",
           R"({"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{}})");
    children.take(0);
  }
  void list() {
    answer(0, "tools/list", R"({"tools":[{"name":"read","inputSchema":{"type":"object"}}]})");
    link.take();
  }
  void ask(const std::string& id) {
    child_says(0, R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":"roots/list"})");
  }
  /// The client comes back with its roots for the first question of that answer.
  void come_back(const std::string& asked, const std::string& id, const std::string& answer) {
    say(session, modern_call(id, "fs__read", kRoots,
                             R"(,"requestState":)" + at(asked, "/result/requestState") +
                                 R"(,"inputResponses":{"question-0-1":)" + answer + "}"));
  }
};
}  // namespace

TEST_CASE(
    "what a legacy server asks a modern client outside of a call is asked with the next call") {
  Rooted world;
  world.ask("\"early\"");
  world.list();
  CHECK(world.children.take(0).empty());  // neither refused nor answered
  world.pass(30s);
  CHECK(world.children.take(0).empty());
  world.say(world.session, modern_call("7", "fs__read", kRoots));
  const std::string asked = world.link.take();
  CHECK(at(asked, "/result/resultType") == "\"input_required\"");
  CHECK(at(asked, "/result/inputRequests") ==
        R"({"question-0-1":{"method":"roots/list","params":{}}})");
  CHECK(world.children.take(0).empty());  // the call waits until the server has its roots
  world.come_back(asked, "8", kGiven);
  CHECK(world.children.take(0) == R"({"jsonrpc":"2.0","id":"early","result":)" + kGiven + "}");
  const std::string call = world.children.take(0);
  CHECK(at(call, "/method") == "\"tools/call\"");
  CHECK(at(call, "/params/requestState") == "absent");
  CHECK(at(call, "/params/inputResponses") == "absent");
  world.child_says(0,
                   R"({"jsonrpc":"2.0","id":)" + at(call, "/id") + R"(,"result":{"content":[]}})");
  CHECK(at(world.link.take(), "/id") == "8");
  // From then on the roots are known.
  world.ask("2");
  CHECK(world.children.take(0) == R"({"jsonrpc":"2.0","id":2,"result":)" + kGiven + "}");
  world.say(world.session, modern_call("9", "fs__read", kRoots));
  CHECK(at(world.children.take(0), "/method") == "\"tools/call\"");
  // A server that asks within a call has the client's answer of now, as without a gate.
  world.ask("3");
  world.pass(1s);
  CHECK(world.children.take(0).empty());
  CHECK(at(world.link.take(), "/result/resultType") == "\"input_required\"");
  const auto questions = world.record.all<Question>();
  REQUIRE(questions.size() == 3);
  CHECK(questions[0].permission != Permission::Deny);
}

TEST_CASE("a server that gave up waiting for roots is told that there are some") {
  for (const bool asks_again : {true, false}) {
    Rooted world;
    world.ask("\"early\"");
    world.list();
    world.child_says(
        0,
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"early"}})");
    world.say(world.session, modern_call("7", "fs__read", kRoots));
    world.come_back(world.link.take(), "8", kGiven);
    CHECK(at(world.children.take(0), "/method") == "\"notifications/roots/list_changed\"");
    CHECK(world.children.take(0).empty());
    if (asks_again) {
      world.ask("5");
      CHECK(world.children.take(0) == R"({"jsonrpc":"2.0","id":5,"result":)" + kGiven + "}");
    } else {
      world.pass(1s);
    }
    CHECK(at(world.children.take(0), "/method") == "\"tools/call\"");
  }
}

TEST_CASE("a question whose answer a server's lists wait for is refused before its start fails") {
  Rooted world;
  world.ask("1");
  CHECK(world.children.take(0).find("tools/list") != std::string::npos);
  CHECK(world.children.take(0).empty());
  world.pass(3s);
  CHECK(at(world.children.take(0), "/error/message").find("while a call") != std::string::npos);
}

TEST_CASE(
    "a held question ends with its server, with its client, and where the client leaves it open") {
  {
    Rooted world;
    world.ask("1");
    world.list();
    world.gate->client_gone(world.now, world.session, "gone");
    CHECK(at(world.children.take(0), "/error/message") == "\"the client is gone\"");
  }
  {
    Rooted world;
    world.ask("1");
    world.list();
    world.say(world.session, modern_call("7", "fs__read", kRoots));
    world.come_back(world.link.take(), "8", "null");
    CHECK(at(world.children.take(0), "/error/message").find("did not answer") != std::string::npos);
    CHECK(at(world.children.take(0), "/method") == "\"tools/call\"");
  }
  {
    Rooted world;
    for (int i = 0; i < 64; ++i) world.ask(std::to_string(i));
    world.list();
    CHECK(world.children.take(0).empty());
    world.ask("64");
    CHECK(at(world.children.take(0), "/error/message").find("too many") != std::string::npos);
  }
}

TEST_CASE("a legacy client is asked for its roots each time") {
  World world({"a"});
  FakeLink link;
  const auto session = world.connect(link, kRoots);
  world.bring_up(0, {"x"});
  for (int i = 0; i < 2; ++i) {
    world.child_says(0, R"({"jsonrpc":"2.0","id":1,"method":"roots/list"})");
    const std::string asked = link.take();
    CHECK(at(asked, "/method") == "\"roots/list\"");  // it is asked each time
    world.say(session,
              R"({"jsonrpc":"2.0","id":)" + at(asked, "/id") + R"(,"result":)" + kGiven + "}");
    CHECK(at(world.children.take(0), "/result") == kGiven);
  }
}

TEST_CASE("an answer to server/discover that is unusable is a refusal, and the start goes on") {
  for (const std::string answer :
       {R"({"jsonrpc":"2.0","id":1,"result":{"supportedVersions":["2026-07-28"],}})",
        R"({"jsonrpc":"2.0","id":1,"result":1,"result":2})", R"({"id":1,"result":{}})"}) {
    Modern world(ServerEra::Auto);
    FakeLink link;
    world.connect(link);
    world.gate->child_up(world.now, 0, 100);
    CHECK(at(world.children.take(0), "/method") == "\"server/discover\"");
    world.child_says(0, answer);
    CHECK(at(world.children.take(0), "/method") == "\"initialize\"");
  }
}

TEST_CASE("a stream of changes that a modern server ends is opened again, at growing distances") {
  Modern world;
  FakeLink link;
  world.connect(link);
  world.bring_up_modern(R"({"tools":{"listChanged":true}})");
  for (const Nanos wait : {1s, 2s, 4s}) {
    const std::string listen = world.children.take(0);
    CHECK(at(listen, "/method") == "\"subscriptions/listen\"");
    world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(listen, "/id") + R"(,"result":{}})");
    world.pass(wait - 1ms);
    CHECK(world.children.take(0).empty());
    world.pass(1ms);
    CHECK(at(world.children.got[0].back(), "/method") == "\"tools/list\"");
    const std::string again = world.children.take(0), list = world.children.take(0);
    world.child_says(0,
                     R"({"jsonrpc":"2.0","id":)" + at(list, "/id") + R"(,"result":{"tools":[]}})");
    world.children.got[0].push_front(again);
  }
  const std::string listen = world.children.take(0);
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(listen, "/id") +
                          R"(,"error":{"code":-32601,"message":"no"}})");
  world.pass(120s);
  CHECK(world.children.take(0).empty());
}

TEST_CASE("a long name of a client is cut, and two that begin alike stay two") {
  const auto name_of = [](const std::string& name) {
    World world({"a"});
    FakeLink link;
    world.connect(link, "{}", "2025-06-18", name);
    return world.record.all<SessionOpened>()[0].client_name;
  };
  const std::string limit(256, 'x'), over(257, 'x');
  CHECK(name_of(limit) == limit);
  CHECK(name_of(over).size() == 256);
  CHECK(name_of(over) != name_of(over + "y"));
  CHECK(name_of(std::string(1 << 20, 'x')).size() == 256);
}
