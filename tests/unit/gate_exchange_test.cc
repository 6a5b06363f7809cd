// Requests other than calls of tools, in both directions.
#include "gate_world.h"

using namespace callgate;

TEST_CASE("two children may ask with the same id, and each gets its own answer") {
  OneClient world({"a", "b"});
  world.hello(kAll);
  world.bring_up(0, {"x"});
  world.bring_up(1, {"y"});
  world.child_sends(request("roots/list", "", "0"));
  world.child_sends(1, request("sampling/createMessage", R"({"messages":[],"maxTokens":1})", "0"));
  const std::string first = world.client_gets(), second = world.client_gets();
  REQUIRE(at(first, "/id") != at(second, "/id"));
  CHECK(at(second, "/params") == R"({"messages":[],"maxTokens":1})");
  world.client_sends(answer_to(second, R"({"role":"assistant"})"));
  world.client_sends(answer_to(first, R"({"roots":[]})"));
  CHECK(world.child_gets() == R"({"jsonrpc":"2.0","id":0,"result":{"roots":[]}})");
  CHECK(world.child_gets(1) == R"({"jsonrpc":"2.0","id":0,"result":{"role":"assistant"}})");
  CHECK(world.record.all<Question>().size() == 2);
}

TEST_CASE(
    "a question that the client has not declared or that a rule denies is refused and recorded") {
  OneServer world({.name = "a",
                   .client = R"({"sampling":{}})",
                   .rules = {.deny = {{.subject = RuleSpec::Subject::Question,
                                       .pattern = "a",
                                       .question = "sampling",
                                       .written = "deny[0]"}}}});
  world.child_sends(request("roots/list"));
  CHECK(at(world.child_gets(), "/error/code") == "-32601");
  world.child_sends(request("sampling/createMessage"));
  CHECK(at(world.child_gets(), "/error/message").find("deny[0]") != std::string::npos);
  CHECK(world.link.got.empty());
  CHECK(world.record.all<Question>()[1].permission == Permission::Deny);
}

TEST_CASE(
    "a question goes to the only session with a call at the child, and to nobody if there are "
    "two") {
  World world({}, {.servers = {{.name = "a", .command = "none", .share = Share::All}}});
  FakeLink one, two;
  const auto first = world.connect(one, kAll), second = world.connect(two, kAll);
  world.bring_up(0, {"x"});
  world.client_sends(second, call_line("1", "a__x"));
  world.child_gets();
  world.child_sends(request("elicitation/create", R"({"message":"?"})", "1"));
  CHECK(one.got.empty());
  CHECK(at(two.take(), "/method") == "\"elicitation/create\"");
  world.client_sends(first, call_line("1", "a__x"));
  world.child_gets();
  world.child_sends(request("elicitation/create", R"({"message":"?"})", "2"));
  CHECK(one.got.empty());
  CHECK(two.got.empty());
  CHECK(at(world.child_gets(), "/error/message").find("which client") != std::string::npos);
}

TEST_CASE("the gate answers a child's ping itself, with and without a client") {
  OneServer world({.name = "a", .tools = {"x"}});
  world.child_sends(request("ping", "", quoted("p")));
  CHECK(world.child_gets() == R"({"jsonrpc":"2.0","id":"p","result":{}})");
  world.gate->client_gone(world.now, world.session, "gone");
  world.child_sends(request("ping", "", quoted("q")));
  CHECK(world.child_gets() == R"({"jsonrpc":"2.0","id":"q","result":{}})");
}

TEST_CASE("a question is taken back when the server that asked cancels it or ends") {
  OneServer world({.name = "a", .tools = {"x"}, .client = kAll});
  world.child_sends(request("roots/list", "", quoted("q")));
  const std::string id = at(world.client_gets(), "/id");
  world.child_sends(cancelled(quoted("q")));
  CHECK(at(world.client_gets(), "/params/requestId") == id);
  world.child_sends(request("roots/list", "", quoted("r")));
  const std::string next = at(world.client_gets(), "/id");
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 0"});
  CHECK(at(world.client_gets(), "/params/requestId") == next);
}

TEST_CASE("each client gets messages of its own log level, and the child gets the lower level") {
  World world({"a"});
  FakeLink one, two;
  const auto first = world.connect(one), second = world.connect(two);
  world.bring_up(0, {}, R"({"logging":{}})");
  world.client_sends(first, request("logging/setLevel", R"({"level":"error"})", "1"));
  CHECK(at(world.child_gets(), "/params/level") == "\"error\"");
  world.client_sends(second, request("logging/setLevel", R"({"level":"info"})", "1"));
  CHECK(at(world.child_gets(), "/params/level") == "\"info\"");
  one.take();
  two.take();
  world.child_sends(notification("notifications/message", R"({"level":"warning","data":1})"));
  CHECK(one.got.empty());
  CHECK(two.got.size() == 1);
  world.client_sends(first, request("logging/setLevel", R"({"level":"loud"})", "2"));
  CHECK(at(one.take(), "/error/code") == "-32602");
}

namespace {

/// The server has this resource, and a template with its number.
void bring_up_resources(World& world, ServerIndex server, const std::string& listed) {
  world.bring_up_resources(server, {listed}, {"t" + std::to_string(server) + "://{id}"});
}

std::string read_line(const std::string& uri) {
  return request("resources/read", text_object("uri", uri));
}

}  // namespace

TEST_CASE(
    "a resource is read from the server that listed it, has a matching template or linked to it") {
  OneClient world({"a", "b"});
  world.hello();
  bring_up_resources(world, 0, "file:///a");
  bring_up_resources(world, 1, "file:///b");
  world.client_sends(read_line("file:///b"));
  CHECK(at(world.child_gets(1), "/params/uri") == "\"file:///b\"");
  world.client_sends(read_line("t1://7"));
  const std::string sent = world.child_gets(1);
  CHECK(at(sent, "/method") == "\"resources/read\"");
  world.client_sends(read_line("odd://x"));
  CHECK(at(world.client_gets(), "/error/code") == "-32002");
  world.child_sends(1, answer_to(sent, R"({"contents":[{"uri":"odd://x","text":""}]})"));
  world.client_gets();
  world.client_sends(read_line("odd://x"));
  CHECK(at(world.child_gets(1), "/params/uri") == "\"odd://x\"");
  CHECK(world.record.all<CallStarted>().back().kind == CallKind::Resource);
}

TEST_CASE(
    "only subscribers get updates, the last one to leave unsubscribes, and a restart subscribes "
    "again") {
  World world({"a"});
  FakeLink one, two;
  const auto first = world.connect(one), second = world.connect(two);
  bring_up_resources(world, 0, "file:///a");
  const auto subscription = [](const std::string& verb) {
    return request("resources/" + verb, R"({"uri":"file:///a"})", "1");
  };
  world.client_sends(first, subscription("subscribe"));
  world.answer(0, "resources/subscribe", "{}");
  CHECK(at(one.take(), "/result") == "{}");
  const std::string updated =
      notification("notifications/resources/updated", R"({"uri":"file:///a/x"})");
  world.child_sends(updated);
  CHECK(one.take() == updated);
  CHECK(two.got.empty());
  world.client_sends(second, subscription("subscribe"));
  world.answer(0, "resources/subscribe", "{}");
  two.take();
  world.client_sends(first, subscription("unsubscribe"));
  CHECK(at(one.take(), "/result") == "{}");
  CHECK(world.child_gets().empty());
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 1"});
  world.pass(std::chrono::seconds(1));
  bring_up_resources(world, 0, "file:///a");
  world.answer(0, "resources/subscribe", "{}");
  world.client_sends(second, subscription("unsubscribe"));
  world.answer(0, "resources/unsubscribe", "{}");
  CHECK(at(two.take(), "/result") == "{}");
}

TEST_CASE(
    "a completion goes to the server of the prompt or template, with that server's name for it") {
  OneClient world({"a", "b"});
  world.hello();
  world.bring_up(0, {"x"});
  world.greet(1, R"({"prompts":{},"completions":{}})");
  world.answer(1, "prompts/list", prompt_list({"p"}));
  world.client_sends(request(
      "completion/complete",
      R"({"ref":{"type":"ref/prompt","name":"b__p"},"argument":{"name":"n","value":"v"}})", "3"));
  const std::string sent = world.child_gets(1);
  CHECK(at(sent, "/params/ref/name") == "\"p\"");
  world.child_sends(1, answer_to(sent, R"({"completion":{"values":["v1"]}})"));
  CHECK(at(world.client_gets(), "/id") == "3");
}

TEST_CASE("a prompt is requested with its server's name for it and recorded as a call") {
  OneClient world({"b"});
  world.hello();
  world.greet(0, R"({"prompts":{}})");
  world.answer(0, "prompts/list", prompt_list({"p"}));
  world.client_sends(request("prompts/get", R"({"name":"b__p","arguments":{"k":"v"}})", "3"));
  CHECK(at(world.child_gets(), "/params/name") == "\"p\"");
  CHECK(world.record.all<CallStarted>()[0].kind == CallKind::Prompt);
}

TEST_CASE("shutdown answers open requests and stops every child") {
  OneServer world({.name = "a", .tools = {"x"}});
  world.client_sends(call_line("1", "a__x"));
  world.gate->shut_down(world.now);
  CHECK(at(world.client_gets(), "/error/data/code") == "\"gate.ending\"");
  CHECK(world.children.stops[0] == 1);
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 0"});
  CHECK(world.children.starts[0] == 1);
}

TEST_CASE(
    "a client's unreadable answer becomes an error for the server that asked, and the client gets "
    "nothing") {
  OneServer world({.name = "a", .tools = {"x"}, .client = kAll});
  for (const std::string result : {R"({"a":1,"a":2})", R"({"a":\q})", R"({},"error":{})"}) {
    world.child_sends(request("roots/list", "", quoted("q")));
    const std::string id = at(world.client_gets(), "/id");
    world.client_sends(result_line(id, result));
    CHECK(world.link.got.empty());
    const std::string error = world.child_gets();
    CHECK(at(error, "/id") == "\"q\"");
    CHECK(at(error, "/error/data/code") == "\"question.unusable\"");
  }
}

TEST_CASE("a server may have 64 open questions, and not one more") {
  OneServer world({.name = "a", .tools = {"x"}, .client = kAll});
  for (int i = 0; i < 64; ++i) world.child_sends(request("roots/list", "", std::to_string(i)));
  CHECK(world.link.got.size() == 64);
  world.child_sends(request("roots/list", "", "64"));
  CHECK(world.link.got.size() == 64);
  CHECK(at(world.child_gets(), "/error/message").find("too many") != std::string::npos);
}

TEST_CASE(
    "modern clients that share a session do not cancel each other's requests with equal ids") {
  OneClient world(
      {}, {.servers = {{.name = "m", .command = "mcp-server-time", .era = ServerEra::Modern}}});
  world.open({.token = "default"});
  world.client_posts(modern_request("tools/list"), 1);
  world.bring_up_modern(0, {"x"});
  world.link.got.clear();
  world.link.about.clear();
  world.client_posts(call_line("2", "m__x", "{}", "," + modern_meta()), 2);
  world.client_posts(call_line("2", "m__x", "{}", "," + modern_meta()), 3);
  const std::string one = world.child_gets(), other = world.child_gets();
  REQUIRE(at(other, "/method") == "\"tools/call\"");
  world.client_posts(
      notification("notifications/cancelled", R"({"requestId":2,)" + modern_meta() + "}"), 4);
  CHECK(world.children.got[0].empty());
  world.gate->exchange_gone(world.now, world.session, 2);
  CHECK(at(world.child_gets(), "/params/requestId") == at(one, "/id"));
  CHECK(world.children.got[0].empty());
  world.child_sends(answer_to(other, R"({"resultType":"complete","content":[]})"));
  REQUIRE(world.link.got.size() == 1);
  CHECK(world.link.about.back() == 3);
  CHECK(at(world.client_gets(), "/id") == "2");
}
