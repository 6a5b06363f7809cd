// The four combinations of a client's and a server's era.
#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

const std::string kTools = R"({"tools":{}})";

ServerConfig server_of(ServerEra era) { return {.name = "fs", .command = "none", .era = era}; }

/// A client of either era, and a server of this era.
struct Modern : OneClient {
  explicit Modern(ServerEra era = ServerEra::Modern)
      : OneClient({}, {.servers = {server_of(era)}}) {}
  /// The server is up and has the tool read, whose results have a schema.
  void bring_up(const std::string& capabilities = kTools) {
    gate->child_up(now, 0, 100);
    answer(0, "server/discover", discovery(capabilities, R"(,"ttlMs":0,"cacheScope":"private")"));
    answer(0, "tools/list",
           R"({"resultType":"complete","ttlMs":0,"cacheScope":"private","tools":[)"
           R"({"name":"read","inputSchema":{"type":"object"},"outputSchema":{"type":"string"}}]})");
  }
};

/// A modern client that has listed the tools of a legacy server, which is up.
struct Legacy : OneClient {
  Legacy() : OneClient({"fs"}) {
    open();
    client_sends(modern_request("tools/list"));
    bring_up(0, {"read"});
  }
};

}  // namespace

TEST_CASE("a modern request without version or capabilities is refused with the matching code") {
  OneClient world({"fs"});
  world.open();
  const auto code = [&](const std::string& text) {
    world.client_sends(request("tools/list", R"({"_meta":)" + text + "}", "1"));
    return at(world.client_gets(), "/error/code");
  };
  CHECK(code(R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28"})") == "-32602");
  CHECK(code(R"({"io.modelcontextprotocol/protocolVersion":7})") == "-32602");
  CHECK(code(R"({"io.modelcontextprotocol/protocolVersion":"1999-01-01",)"
             R"("io.modelcontextprotocol/clientCapabilities":{}})") == "-32022");
  CHECK(code(R"({"io.modelcontextprotocol/clientCapabilities":{}})") == "-32602");
}

TEST_CASE("methods that the modern era removed are unknown in it") {
  OneClient world({"fs"});
  world.open();
  for (const std::string method : {"initialize", "ping", "logging/setLevel", "resources/subscribe",
                                   "resources/unsubscribe", "tasks/list", "no/such"}) {
    world.client_sends(modern_request(method));
    CHECK(at(world.client_gets(), "/error/code") == "-32601");
  }
}

TEST_CASE("lists and results of a legacy server get the members that a modern client needs") {
  Legacy world;
  const std::string list = world.client_gets();
  CHECK(at(list, "/result/resultType") == "\"complete\"");
  CHECK(at(list, "/result/cacheScope") == "\"private\"");
  world.client_sends(modern_call("\"x\"", "fs__read", "{}"));
  const std::string forwarded = world.child_gets();
  CHECK(at(forwarded, "/params/name") == "\"read\"");
  CHECK(at(forwarded, "/params/_meta") == "{}");
  world.child_sends(answer_to(forwarded, R"({"content":[]})"));
  const std::string answer = world.client_gets();
  CHECK(answer == R"({"jsonrpc":"2.0","id":"x","result":{"content":[],"resultType":"complete"}})");
}

TEST_CASE(
    "a modern client gets a legacy server's question as its call's result and answers with its "
    "next request") {
  Legacy world;
  world.client_gets();
  world.client_sends(modern_call("5", "fs__read", R"({"elicitation":{}})"));
  const std::string forwarded = world.child_gets();
  world.child_sends(request("elicitation/create",
                            R"({"message":"name?","requestedSchema":{"type":"object"}})",
                            "\"q1\""));
  world.pass(10ms);
  const std::string asked = world.client_gets();
  CHECK(at(asked, "/id") == "5");
  CHECK(at(asked, "/result/resultType") == "\"input_required\"");
  CHECK(at(asked, "/result/inputRequests/question-1-1/method") == "\"elicitation/create\"");
  const std::string state = state_of(asked);

  SUBCASE("the child gets the answer, and the client's second request gets the result") {
    world.pass(10s);
    world.client_sends(
        modern_call("6", "fs__read", R"({"elicitation":{}})",
                    R"(,"inputResponses":{"question-1-1":{"action":"accept"}})" + state));
    CHECK(world.child_gets() == R"({"jsonrpc":"2.0","id":"q1","result":{"action":"accept"}})");
    world.child_sends(answer_to(forwarded, R"({"content":[]})"));
    CHECK(at(world.client_gets(), "/id") == "6");
    const auto ends = world.record.all<CallFinished>();
    REQUIRE(ends.size() == 1);
    CHECK(ends[0].rounds == 2);
    CHECK(ends[0].waited == Nanos(10s));
  }
  SUBCASE("a request state that was changed or comes with other arguments is refused") {
    std::string changed = state;
    changed[changed.size() - 2] = changed[changed.size() - 2] == '0' ? '1' : '0';
    world.client_sends(modern_call("6", "fs__read", "{}", changed));
    CHECK(at(world.client_gets(), "/error/code") == "-32602");
    std::string other = modern_call("7", "fs__read", "{}", state);
    other.replace(other.find(R"({"a":1})"), 7, R"({"a":2})");
    world.client_sends(other);
    CHECK(at(world.client_gets(), "/error/code") == "-32602");
  }
  SUBCASE("the call times out if the client does not come back") {
    world.pass(11min);
    CHECK(at(world.child_gets(), "/method") == "\"notifications/cancelled\"");
    const auto ends = world.record.all<CallFinished>();
    REQUIRE(ends.size() == 1);
    CHECK(ends[0].outcome == Outcome::Timeout);
  }
  SUBCASE("a result that comes before the client's second request is kept for it") {
    world.child_sends(answer_to(forwarded, R"({"content":[]})"));
    CHECK(world.client_gets() == "");
    world.client_sends(modern_call("6", "fs__read", "{}", state));
    CHECK(at(world.client_gets(), "/result/content") == "[]");
  }
  SUBCASE("the call ends with its session") {
    world.gate->client_gone(world.now, world.session, "test");
    CHECK(world.record.all<CallFinished>().size() == 1);
  }
}

TEST_CASE(
    "a call that fails because the client lacks a capability gets the modern era's error for "
    "that") {
  Legacy world;
  world.client_gets();
  world.client_sends(modern_call("5", "fs__read"));
  const std::string forwarded = world.child_gets();
  world.child_sends(request("sampling/createMessage", "{}", "1"));
  CHECK(at(world.child_gets(), "/error/code") == "-32601");
  world.child_sends(answer_to(forwarded, R"({"content":[],"isError":true})"));
  const std::string answer = world.client_gets();
  CHECK(at(answer, "/error/code") == "-32021");
  CHECK(at(answer, "/error/data/requiredCapabilities/sampling") == "{}");
}

TEST_CASE(
    "a modern server gets a legacy client's capabilities, and members of its era are removed from "
    "its answers") {
  Modern world;
  world.hello(R"({"elicitation":{}})");
  world.bring_up();
  world.client_sends(kList);
  const std::string list = world.client_gets();
  CHECK(at(list, "/result/resultType") == "absent");
  CHECK(at(list, "/result/tools/0/outputSchema") == "absent");
  world.client_sends(call_line("2", "fs__read"));
  const std::string forwarded = world.child_gets();
  CHECK(at(forwarded, "/params/_meta/io.modelcontextprotocol~1protocolVersion") ==
        "\"2026-07-28\"");
  CHECK(at(forwarded, "/params/_meta/io.modelcontextprotocol~1clientCapabilities") ==
        R"({"elicitation":{}})");
  world.child_sends(
      answer_to(forwarded, R"({"resultType":"complete","content":[],"structuredContent":"text"})"));
  CHECK(world.client_gets() == R"({"jsonrpc":"2.0","id":2,"result":{"content":[]}})");
}

TEST_CASE("a request that a modern server sends is refused and recorded") {
  Modern world;
  world.hello(R"({"sampling":{}})");
  world.bring_up();
  world.link.got.clear();
  world.children.got[0].clear();
  world.child_sends(request("sampling/createMessage", R"({"messages":[]})", "1"));
  CHECK(at(world.child_gets(), "/error/code") == "-32601");
  CHECK(world.link.got.empty());
  REQUIRE(world.record.all<Question>().size() == 1);
  const Question row = world.record.all<Question>()[0];
  CHECK(row.permission == Permission::Deny);
  CHECK(row.method == "sampling/createMessage");
  CHECK(row.session == world.session);
  CHECK(row.params.bytes == R"({"messages":[]})");
  CHECK(row.because == "servers send no requests in revision 2026-07-28");
}

TEST_CASE("a legacy client gets the inputs that a modern server requests as questions") {
  Modern world;
  world.hello(R"({"elicitation":{},"roots":{}})");
  world.bring_up();
  world.client_sends(call_line("2", "fs__read"));
  const std::string first = world.child_gets();
  world.child_sends(answer_to(
      first, R"({"resultType":"input_required","requestState":"S\u0041","inputRequests":{"k":{)"
             R"("method":"elicitation/create","params":{"message":"?"}},"r":{)"
             R"("method":"roots/list"}}})"));
  const std::string question = world.client_gets(), roots = world.client_gets();
  CHECK(at(question, "/method") == "\"elicitation/create\"");
  CHECK(at(roots, "/method") == "\"roots/list\"");
  world.client_sends(answer_to(roots, R"({"roots":[]})"));
  CHECK(world.child_gets() == "");

  SUBCASE("the call goes on when all questions are answered") {
    world.client_sends(answer_to(question, R"({"action":"decline"})"));
    const std::string second = world.child_gets();
    CHECK(at(second, "/params/inputResponses/k") == R"({"action":"decline"})");
    CHECK(at(second, "/params/inputResponses/r") == R"({"roots":[]})");
    CHECK(at(second, "/params/requestState") == R"("S\u0041")");
    CHECK(at(second, "/id") != at(first, "/id"));
    world.child_sends(answer_to(second, R"({"resultType":"complete","content":[]})"));
    CHECK(world.client_gets() == R"({"jsonrpc":"2.0","id":2,"result":{"content":[]}})");
    CHECK(world.record.all<Question>().size() == 2);
    CHECK(world.record.all<CallFinished>().at(0).rounds == 2);
    CHECK(world.record.all<CallFinished>().at(0).facts);  // the guard has counted it
    CHECK(world.record.all<CallFinished>().size() == 1);
  }
  SUBCASE("the call fails visibly for the model if the client refuses") {
    world.client_sends(error_to(question, R"({"code":-1,"message":"no"})"));
    const std::string answer = world.client_gets();
    CHECK(at(answer, "/id") == "2");
    CHECK(at(answer, "/result/isError") == "true");
  }
  SUBCASE("the questions are taken back if the client cancels") {
    world.client_sends(cancelled("2"));
    CHECK(at(world.client_gets(), "/params/requestId") == at(question, "/id"));
  }
}

TEST_CASE("a modern client gets our request state instead of the modern server's") {
  Modern world;
  world.open();
  world.client_sends(modern_request("tools/list"));
  world.bring_up();
  world.client_gets();
  world.client_sends(modern_call("2", "fs__read", R"({"elicitation":{}})"));
  const std::string first = world.child_gets();
  world.child_sends(answer_to(
      first, R"({"resultType":"input_required","requestState":"theirs","inputRequests":{"k":{)"
             R"("method":"elicitation/create","params":{}}}})"));
  const std::string asked = world.client_gets();
  CHECK(at(asked, "/result/requestState") != "\"theirs\"");
  CHECK(at(asked, "/result/inputRequests/k/method") == "\"elicitation/create\"");
  world.client_sends(
      modern_call("3", "fs__read", R"({"elicitation":{}})",
                  R"(,"inputResponses":{"k":{"action":"accept"}})" + state_of(asked)));
  const std::string second = world.child_gets();
  CHECK(at(second, "/params/requestState") == "\"theirs\"");
  CHECK(at(second, "/params/inputResponses/k/action") == "\"accept\"");
}

TEST_CASE("a client does not get a question that it has not declared") {
  Modern world;
  world.hello();
  world.bring_up();
  world.client_sends(call_line("2", "fs__read"));
  world.child_sends(answer_to(world.child_gets(),
                              R"({"resultType":"input_required","inputRequests":{"k":{)"
                              R"("method":"elicitation/create","params":{}}}})"));
  CHECK(at(world.client_gets(), "/result/isError") == "true");
}

TEST_CASE("a legacy server that ends at server/discover is started again without it") {
  Modern world(ServerEra::Auto);
  world.hello();
  world.gate->child_up(world.now, 0, 1);
  CHECK(at(world.child_gets(), "/method") == "\"server/discover\"");
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 1", .stderr_tail = ""});
  CHECK(world.children.starts[0] == 2);
  world.gate->child_up(world.now, 0, 2);
  CHECK(at(world.child_gets(), "/method") == "\"initialize\"");
}

TEST_CASE("a legacy server that does not answer server/discover is started again without it") {
  Modern world(ServerEra::Auto);
  world.hello();
  world.gate->child_up(world.now, 0, 1);
  world.pass(6s);
  CHECK(world.children.stops[0] == 1);
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 0", .stderr_tail = ""});
  CHECK(world.children.starts[0] == 2);
}

TEST_CASE("a legacy server that refuses server/discover gets initialize on the same pipe") {
  Modern world(ServerEra::Auto);
  world.hello();
  world.gate->child_up(world.now, 0, 1);
  const std::string probe = world.child_gets();
  world.child_sends(error_to(probe, R"({"code":-32602,"message":"?"})"));
  CHECK(at(world.child_gets(), "/method") == "\"initialize\"");
}

TEST_CASE("a server that refuses a revision, although it names it, is asked once more") {
  Modern world(ServerEra::Auto);
  world.hello();
  world.gate->child_up(world.now, 0, 1);
  const std::string refusal =
      R"({"code":-32022,"message":"no","data":{"supported":["2026-07-28"],"requested":"?"}})";
  world.child_sends(error_to(world.child_gets(), refusal));
  SUBCASE("and may accept it then") {
    world.answer(0, "server/discover", discovery(kTools));
    CHECK(at(world.child_gets(), "/method") == "\"tools/list\"");
    CHECK(world.children.stops[0] == 0);
  }
  SUBCASE("but not a third time") {
    const std::string second = world.child_gets();
    CHECK(at(second, "/method") == "\"server/discover\"");
    world.child_sends(error_to(second, refusal));
    CHECK(world.children.stops[0] == 1);
  }
}

TEST_CASE("a server that refuses the modern revision and names older ones gets initialize") {
  Modern world(ServerEra::Auto);
  world.hello();
  world.gate->child_up(world.now, 0, 1);
  const std::string refusal =
      R"({"code":-32022,"message":"no","data":{"supported":["2024-10-07","2025-06-18"]}})";
  world.child_sends(error_to(world.child_gets(), refusal));
  CHECK(at(world.child_gets(), "/method") == "\"initialize\"");
}

TEST_CASE("a server that refuses every revision that callgate knows has failed") {
  for (const char* supported : {"", R"(,"data":{"supported":["2031-01-01"]})"}) {
    CAPTURE(supported);
    Modern world(ServerEra::Auto);
    world.hello();
    world.gate->child_up(world.now, 0, 1);
    world.child_sends(error_to(world.child_gets(),
                               R"({"code":-32022,"message":"no")" + std::string(supported) + "}"));
    CHECK(world.children.stops[0] == 1);
  }
}

TEST_CASE("after server/discover was refused, the gate's requests are those of the legacy era") {
  Modern world(ServerEra::Auto);
  world.hello();
  world.gate->child_up(world.now, 0, 1);
  world.child_sends(error_to(world.child_gets(), R"({"code":-32602,"message":"?"})"));
  world.answer(
      0, "initialize",
      R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}})");
  CHECK(at(world.child_gets(), "/method") == "\"notifications/initialized\"");
  const std::string list = world.child_gets();
  CHECK(at(list, "/method") == "\"tools/list\"");
  CHECK(at(list, "/params/_meta") == "absent");
}

TEST_CASE("a server that refuses both eras has failed, and is not started again at once") {
  for (const ServerEra era : {ServerEra::Auto, ServerEra::Legacy}) {
    CAPTURE(static_cast<int>(era));
    Modern world(era);
    world.hello();
    world.gate->child_up(world.now, 0, 1);
    for (int request = 0; request < 4 && world.children.stops[0] == 0; ++request)
      world.child_sends(error_to(world.child_gets(), R"({"code":-32601,"message":"no"})"));
    REQUIRE(world.children.stops[0] == 1);
    world.gate->child_gone(world.now, 0, {.reason = "exited with status 0", .stderr_tail = ""});
    CHECK(world.children.starts[0] == 1);
  }
}

TEST_CASE("a server that ends at each of our requests is started again at once only once") {
  Modern world(ServerEra::Auto);
  world.hello();
  for (int start = 1; start <= 2; ++start) {
    world.gate->child_up(world.now, 0, start);
    std::string request = world.child_gets();
    if (at(request, "/method") == "\"initialize\"") {
      world.child_sends(error_to(request, R"({"code":-32601,"message":"no"})"));
      request = world.child_gets();
    }
    CHECK(at(request, "/method") == "\"server/discover\"");
    world.gate->child_gone(world.now, 0, {.reason = "exited with status 1", .stderr_tail = ""});
    CHECK(world.children.starts[0] == 2);
  }
}

TEST_CASE("a remote server that could not be reached is not taken for one of the legacy era") {
  Modern world(ServerEra::Auto);
  world.hello();
  world.gate->child_up(world.now, 0, 0);
  world.child_sends(error_to(world.child_gets(), R"({"code":-32010,"message":"cannot reach it"})"));
  CHECK(world.children.stops[0] == 1);
  world.gate->child_gone(world.now, 0, {.reason = "was stopped", .stderr_tail = ""});
  world.pass(60s);
  world.gate->child_up(world.now, 0, 0);
  CHECK(at(world.child_gets(), "/method") == "\"server/discover\"");
}

TEST_CASE("a remote server that wants a sign-in for its tools is not ready before it") {
  Modern world(ServerEra::Auto);
  world.hello();
  world.gate->child_up(world.now, 0, 0);
  world.answer(0, "server/discover", discovery(kTools));
  const std::string list = world.child_gets();
  world.client_sends(call_line("2", "fs__t"));
  world.child_sends(error_to(list, R"({"code":-32013,"message":"run callgate auth login fs"})"));
  CHECK(world.children.stops[0] == 1);
  world.gate->child_gone(world.now, 0, {.reason = "was stopped", .stderr_tail = ""});
  CHECK(world.client_gets().find("run callgate auth login fs") != std::string::npos);
  CHECK(world.children.starts[0] == 1);
}

TEST_CASE("a server that does not know initialize gets server/discover") {
  Modern world(ServerEra::Legacy);
  world.hello();
  world.gate->child_up(world.now, 0, 1);
  const std::string hello = world.child_gets();
  CHECK(at(hello, "/method") == "\"initialize\"");
  world.child_sends(error_to(hello, R"({"code":-32601,"message":"?"})"));
  world.answer(0, "server/discover", discovery(kTools));
  world.answer(0, "tools/list", tool_list({"t"}));
  world.client_sends(call_line("2", "fs__t"));
  CHECK(at(world.child_gets(), "/params/name") == "\"t\"");
}

TEST_CASE("a modern client is notified only of the changes that it subscribed to") {
  Legacy world;
  world.client_gets();
  world.client_sends(modern_request("subscriptions/listen",
                                    R"(,"notifications":{"toolsListChanged":true})", "\"L\""));
  const std::string first = world.client_gets();
  CHECK(at(first, "/method") == "\"notifications/subscriptions/acknowledged\"");
  CHECK(at(first, "/params/notifications") == R"({"toolsListChanged":true})");
  CHECK(at(first, "/params/_meta/io.modelcontextprotocol~1subscriptionId") == "\"L\"");
  world.child_sends(kToolsChanged);
  world.answer(0, "tools/list", tool_list({"new"}));
  const std::string changed = world.client_gets();
  CHECK(at(changed, "/method") == "\"notifications/tools/list_changed\"");
  CHECK(at(changed, "/params/_meta/io.modelcontextprotocol~1subscriptionId") == "\"L\"");
  world.child_sends(notification("notifications/prompts/list_changed"));
  world.client_sends(cancelled("\"L\""));
  CHECK(world.gate->open_requests(world.session) == 0);
}

TEST_CASE("the gate subscribes at a modern server to everything that any client wants") {
  Modern world;
  world.hello();
  world.bring_up(R"({"tools":{"listChanged":true},"resources":{"subscribe":true}})");
  world.answer(0, "resources/list", resource_list({"a://1"}));
  world.answer(0, "resources/templates/list", template_list({}));
  const std::string listen = world.child_gets();
  CHECK(at(listen, "/params/notifications") == R"({"toolsListChanged":true})");
  world.client_sends(request("resources/subscribe", R"({"uri":"a://1"})", "3"));
  CHECK(at(world.client_gets(), "/result") == "{}");
  const std::string wider = world.child_gets();
  CHECK(at(wider, "/params/notifications/resourceSubscriptions") == R"(["a://1"])");
  CHECK(at(world.child_gets(), "/params/requestId") == at(listen, "/id"));
  world.child_sends(
      notification("notifications/resources/updated",
                   R"({"uri":"a://1","_meta":{"io.modelcontextprotocol/subscriptionId":9}})"));
  CHECK(world.client_gets() == R"({"jsonrpc":"2.0","method":"notifications/resources/updated",)"
                               R"("params":{"uri":"a://1","_meta":{}}})");
}

TEST_CASE("a log message goes to the modern request that asked for this level") {
  Legacy world;
  world.client_gets();
  std::string call = modern_call("1", "fs__read");
  call.replace(call.find(R"("io.modelcontextprotocol/clientInfo")"), 0,
               R"("io.modelcontextprotocol/logLevel":"warning",)");
  world.client_sends(call);
  world.child_sends(notification("notifications/message", R"({"level":"info","data":1})"));
  CHECK(world.client_gets() == "");
  world.child_sends(notification("notifications/message", R"({"level":"error","data":2})"));
  CHECK(at(world.client_gets(), "/params/data") == "2");
}

TEST_CASE("clients know a task by our id, and its call ends with the task") {
  OneServer world({.server = R"({"tools":{},"tasks":{"requests":{"tools":{"call":{}}}}})",
                   .version = "2025-11-25"});
  world.client_sends(call_line("1", "fs__read", "{}", R"(,"task":{"ttl":60000})"));
  world.child_sends(
      answer_to(world.child_gets(), R"({"task":{"taskId":"t1","status":"working"}})"));
  const std::string id = at(world.client_gets(), "/result/task/taskId");
  CHECK(id != "\"t1\"");
  CHECK(world.record.all<CallFinished>().empty());
  const auto ask = [&](const std::string& method) {
    world.client_sends(request(method, R"({"taskId":)" + id + "}", "2"));
    return world.child_gets();
  };
  const std::string get = ask("tasks/get");
  CHECK(at(get, "/params/taskId") == "\"t1\"");
  world.child_sends(answer_to(get, R"({"taskId":"t1","status":"completed"})"));
  CHECK(at(world.client_gets(), "/result/taskId") == id);
  const std::string result = ask("tasks/result");
  world.child_sends(answer_to(
      result,
      R"({"content":[],"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"t1"}}})"));
  CHECK(at(world.client_gets(), "/result/_meta/io.modelcontextprotocol~1related-task/taskId") ==
        id);
  REQUIRE(world.record.all<CallFinished>().size() == 1);
  CHECK(world.record.all<CallFinished>()[0].outcome == Outcome::Ok);
  CHECK(world.record.all<CallFinished>()[0].facts);
  FakeLink other;
  const auto stranger = world.connect(other, "{}", "2025-11-25");
  world.client_sends(stranger, request("tasks/get", R"({"taskId":)" + id + "}", "2"));
  CHECK(at(other.take(), "/error/code") == "-32602");
}

TEST_CASE("sessions share a child until it asks a question, then each gets its own") {
  World world({"fs"});
  FakeLink one, two;
  const auto first = world.connect(one, R"({"roots":{}})");
  world.bring_up(0, {"read"});
  const auto second = world.connect(two, R"({"roots":{}})");
  CHECK(world.children.starts.size() == 1);
  world.client_sends(first, call_line("1", "fs__read"));
  world.client_sends(second, call_line("1", "fs__read"));
  const std::string a = world.child_gets(), b = world.child_gets();
  world.child_sends(request("roots/list"));
  CHECK(at(world.child_gets(), "/error/message") ==
        "\"callgate cannot tell which client this question is for\"");
  REQUIRE(world.record.all<Question>().size() == 1);
  CHECK(world.record.all<Question>()[0].permission == Permission::Deny);
  for (const std::string& call : {a, b}) world.child_sends(answer_to(call, R"({"content":[]})"));
  world.client_sends(second, call_line("2", "fs__read"));
  CHECK(world.children.starts[1] == 1);
  CHECK(world.children.started[1].server == "fs");
  world.client_sends(first, call_line("2", "fs__read"));
  CHECK(at(world.child_gets(), "/method") == "\"tools/call\"");
}

TEST_CASE("a stopping child is not started again before it has gone") {
  World world({}, {.servers = {{.name = "fs", .command = "none", .share = Share::Session}}});
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
  OneClient world({"fs"}, {.limits = {.in_flight = 2}});
  world.open();
  const auto listen = [&](const std::string& id) {
    world.client_sends(modern_request("subscriptions/listen", R"(,"notifications":{})", id));
    return world.client_gets();
  };
  CHECK(at(listen("1"), "/method") == "\"notifications/subscriptions/acknowledged\"");
  CHECK(at(listen("2"), "/method") == "\"notifications/subscriptions/acknowledged\"");
  CHECK(at(listen("3"), "/error/data/code") == "\"session.full\"");
}

TEST_CASE(
    "calls that wait for their client count towards the limit, and the client's return does not") {
  OneClient world({}, {.servers = {server_of(ServerEra::Modern)}, .limits = {.in_flight = 2}});
  world.open();
  world.client_sends(modern_request("tools/list"));
  world.bring_up_modern(0, {"read"});
  world.client_gets();
  std::string asked;
  for (const std::string id : {"2", "3"}) {
    world.client_sends(modern_call(id, "fs__read"));
    world.child_sends(
        answer_to(world.child_gets(), R"({"resultType":"input_required","requestState":"s"})"));
    asked = world.client_gets();
  }
  world.client_sends(modern_call("4", "fs__read"));
  CHECK(at(world.client_gets(), "/error/data/code") == "\"session.full\"");
  world.client_sends(modern_call("5", "fs__read", "{}", state_of(asked)));
  world.child_sends(answer_to(world.child_gets(), R"({"resultType":"complete","content":[]})"));
  CHECK(at(world.client_gets(), "/result/content") == "[]");
  world.client_sends(modern_call("6", "fs__read"));
  CHECK(at(world.child_gets(), "/params/name") == "\"read\"");
}

namespace {
const std::string kRoots = R"({"roots":{}})";
const std::string kGiven = R"({"roots":[{"uri":"file:///p","name":"p"}]})";

/// A modern client that can name its roots, and a legacy server that is up.
struct Rooted : OneClient {
  Rooted() : OneClient({"fs"}) {
    open();
    client_sends(modern_request("tools/list", "", "1", kRoots));
    greet(0);
  }
  void list() {
    answer(0, "tools/list", tool_list({"read"}));
    link.take();
  }
  void ask(const std::string& id) { child_sends(request("roots/list", "", id)); }
  /// The client comes back with its roots for the first question of that answer.
  void come_back(const std::string& asked, const std::string& id, const std::string& answer) {
    client_sends(
        modern_call(id, "fs__read", kRoots,
                    state_of(asked) + R"(,"inputResponses":{"question-0-1":)" + answer + "}"));
  }
};
}  // namespace

TEST_CASE(
    "a modern client gets a question that a legacy server asks outside of a call with its next "
    "call") {
  Rooted world;
  world.ask("\"early\"");
  world.list();
  CHECK(world.child_gets().empty());  // the gate holds the question
  world.pass(30s);
  CHECK(world.child_gets().empty());
  world.client_sends(modern_call("7", "fs__read", kRoots));
  const std::string asked = world.client_gets();
  CHECK(at(asked, "/result/resultType") == "\"input_required\"");
  CHECK(at(asked, "/result/inputRequests") ==
        R"({"question-0-1":{"method":"roots/list","params":{}}})");
  CHECK(world.child_gets().empty());  // the call waits until the server has its roots
  world.come_back(asked, "8", kGiven);
  CHECK(world.child_gets() == result_line(quoted("early"), kGiven));
  const std::string call = world.child_gets();
  CHECK(at(call, "/method") == "\"tools/call\"");
  CHECK(at(call, "/params/requestState") == "absent");
  CHECK(at(call, "/params/inputResponses") == "absent");
  world.child_sends(answer_to(call, R"({"content":[]})"));
  CHECK(at(world.client_gets(), "/id") == "8");
  // From here on the gate knows the roots.
  world.ask("2");
  CHECK(world.child_gets() == result_line("2", kGiven));
  world.client_sends(modern_call("9", "fs__read", kRoots));
  CHECK(at(world.child_gets(), "/method") == "\"tools/call\"");
  // A question within a call goes to the client, as it would without a gate.
  world.ask("3");
  world.pass(1s);
  CHECK(world.child_gets().empty());
  CHECK(at(world.client_gets(), "/result/resultType") == "\"input_required\"");
  const auto questions = world.record.all<Question>();
  REQUIRE(questions.size() == 3);
  CHECK(questions[0].permission != Permission::Deny);
}

TEST_CASE("a server that stopped waiting for roots is notified when there are some") {
  for (const bool asks_again : {true, false}) {
    Rooted world;
    world.ask("\"early\"");
    world.list();
    world.child_sends(cancelled(quoted("early")));
    world.client_sends(modern_call("7", "fs__read", kRoots));
    world.come_back(world.client_gets(), "8", kGiven);
    CHECK(at(world.child_gets(), "/method") == "\"notifications/roots/list_changed\"");
    CHECK(world.child_gets().empty());
    if (asks_again) {
      world.ask("5");
      CHECK(world.child_gets() == result_line("5", kGiven));
    } else {
      world.pass(1s);
    }
    CHECK(at(world.child_gets(), "/method") == "\"tools/call\"");
  }
}

TEST_CASE("a question that delays a server's lists is refused before the start times out") {
  Rooted world;
  world.ask("1");
  CHECK(world.child_gets().find("tools/list") != std::string::npos);
  CHECK(world.child_gets().empty());
  world.pass(3s);
  CHECK(at(world.child_gets(), "/error/message").find("while a call") != std::string::npos);
}

TEST_CASE(
    "a held question ends when its server or client goes, or if the client does not answer it") {
  {
    Rooted world;
    world.ask("1");
    world.list();
    world.gate->client_gone(world.now, world.session, "gone");
    CHECK(at(world.child_gets(), "/error/message") == "\"the client is gone\"");
  }
  {
    Rooted world;
    world.ask("1");
    world.list();
    world.client_sends(modern_call("7", "fs__read", kRoots));
    world.come_back(world.client_gets(), "8", "null");
    CHECK(at(world.child_gets(), "/error/message").find("did not answer") != std::string::npos);
    CHECK(at(world.child_gets(), "/method") == "\"tools/call\"");
  }
  {
    Rooted world;
    for (int i = 0; i < 64; ++i) world.ask(std::to_string(i));
    world.list();
    CHECK(world.child_gets().empty());
    world.ask("64");
    CHECK(at(world.child_gets(), "/error/message").find("too many") != std::string::npos);
  }
}

TEST_CASE("a legacy client is asked for its roots each time") {
  OneServer world({.name = "a", .tools = {"x"}, .client = kRoots});
  for (int i = 0; i < 2; ++i) {
    world.child_sends(request("roots/list"));
    const std::string asked = world.client_gets();
    CHECK(at(asked, "/method") == "\"roots/list\"");
    world.client_sends(answer_to(asked, kGiven));
    CHECK(at(world.child_gets(), "/result") == kGiven);
  }
}

TEST_CASE("an unusable answer to server/discover counts as a refusal, and the start goes on") {
  for (const std::string& answer :
       {result_line("1", R"({"supportedVersions":["2026-07-28"],})"),
        result_line("1", R"(1,"result":2)"), std::string(R"({"id":1,"result":{}})")}) {
    Modern world(ServerEra::Auto);
    world.hello();
    world.gate->child_up(world.now, 0, 100);
    CHECK(at(world.child_gets(), "/method") == "\"server/discover\"");
    world.child_sends(answer);
    CHECK(at(world.child_gets(), "/method") == "\"initialize\"");
  }
}

TEST_CASE("a stream of changes that a modern server ends is opened again after growing delays") {
  Modern world;
  world.hello();
  world.bring_up(R"({"tools":{"listChanged":true}})");
  for (const Nanos wait : {1s, 2s, 4s}) {
    const std::string listen = world.child_gets();
    CHECK(at(listen, "/method") == "\"subscriptions/listen\"");
    world.child_sends(answer_to(listen, "{}"));
    world.pass(wait - 1ms);
    CHECK(world.child_gets().empty());
    world.pass(1ms);
    CHECK(at(world.children.got[0].back(), "/method") == "\"tools/list\"");
    const std::string again = world.child_gets(), list = world.child_gets();
    world.child_sends(answer_to(list, tool_list({})));
    world.children.got[0].push_front(again);
  }
  const std::string listen = world.child_gets();
  world.child_sends(error_to(listen, R"({"code":-32601,"message":"no"})"));
  world.pass(120s);
  CHECK(world.child_gets().empty());
}

TEST_CASE("a client's long name is cut, and two names that begin alike stay different") {
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
