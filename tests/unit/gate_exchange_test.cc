#include "gate_world.h"

using namespace callgate;

namespace {}

TEST_CASE("questions of two children with the same id go to the client and back to their askers") {
  World world({"a", "b"});
  FakeLink link;
  const auto session = world.connect(link, kAll);
  world.bring_up(0, {"x"});
  world.bring_up(1, {"y"});
  world.child_says(0, R"({"jsonrpc":"2.0","id":0,"method":"roots/list"})");
  world.child_says(
      1,
      R"({"jsonrpc":"2.0","id":0,"method":"sampling/createMessage","params":{"messages":[],"maxTokens":1}})");
  const std::string first = link.take(), second = link.take();
  REQUIRE(at(first, "/id") != at(second, "/id"));
  CHECK(at(second, "/params") == R"({"messages":[],"maxTokens":1})");
  world.say(session,
            R"({"jsonrpc":"2.0","id":)" + at(second, "/id") + R"(,"result":{"role":"assistant"}})");
  world.say(session, R"({"jsonrpc":"2.0","id":)" + at(first, "/id") + R"(,"result":{"roots":[]}})");
  CHECK(world.children.take(0) == R"({"jsonrpc":"2.0","id":0,"result":{"roots":[]}})");
  CHECK(world.children.take(1) == R"({"jsonrpc":"2.0","id":0,"result":{"role":"assistant"}})");
  CHECK(world.record.all<Question>().size() == 2);
}

TEST_CASE(
    "a question that the client did not declare, or that a rule denies, is refused and recorded") {
  PolicyConfig rules;
  rules.deny.push_back({.subject = RuleSpec::Subject::Question,
                        .pattern = "a",
                        .question = "sampling",
                        .written = "deny[0]"});
  World world({"a"}, rules);
  FakeLink link;
  world.connect(link, R"({"sampling":{}})");
  world.bring_up(0, {"x"});
  world.child_says(0, R"({"jsonrpc":"2.0","id":"r","method":"roots/list"})");
  CHECK(at(world.children.take(0), "/error/code") == "-32601");
  world.child_says(0,
                   R"({"jsonrpc":"2.0","id":"s","method":"sampling/createMessage","params":{}})");
  CHECK(at(world.children.take(0), "/error/message").find("deny[0]") != std::string::npos);
  CHECK(link.got.empty());
  CHECK(world.record.all<Question>()[1].permission == Permission::Deny);
}

TEST_CASE("a question goes to the session whose call runs there, and to nobody when two do") {
  ServerConfig server;
  server.name = "a";
  server.command = "none";
  server.share = Share::All;
  World world({}, {}, {}, {server});
  FakeLink one, two;
  const auto first = world.connect(one, kAll), second = world.connect(two, kAll);
  world.bring_up(0, {"x"});
  world.say(second, call_line("1", "a__x"));
  world.children.take(0);
  world.child_says(
      0, R"({"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{"message":"?"}})");
  CHECK(one.got.empty());
  CHECK(at(two.take(), "/method") == "\"elicitation/create\"");
  world.say(first, call_line("1", "a__x"));
  world.children.take(0);
  world.child_says(
      0, R"({"jsonrpc":"2.0","id":2,"method":"elicitation/create","params":{"message":"?"}})");
  CHECK(one.got.empty());
  CHECK(two.got.empty());
  CHECK(at(world.children.take(0), "/error/message").find("which client") != std::string::npos);
}

TEST_CASE("a ping of a child is answered by us, with and without a client") {
  World world({"a"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"x"});
  world.child_says(0, R"({"jsonrpc":"2.0","id":"p","method":"ping"})");
  CHECK(world.children.take(0) == R"({"jsonrpc":"2.0","id":"p","result":{}})");
  world.gate->client_gone(world.now, session, "gone");
  world.child_says(0, R"({"jsonrpc":"2.0","id":"q","method":"ping"})");
  CHECK(world.children.take(0) == R"({"jsonrpc":"2.0","id":"q","result":{}})");
}

TEST_CASE("a question is taken back when its asker cancels or dies") {
  World world({"a"});
  FakeLink link;
  world.connect(link, kAll);
  world.bring_up(0, {"x"});
  world.child_says(0, R"({"jsonrpc":"2.0","id":"q","method":"roots/list"})");
  const std::string id = at(link.take(), "/id");
  world.child_says(
      0, R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"q"}})");
  CHECK(at(link.take(), "/params/requestId") == id);
  world.child_says(0, R"({"jsonrpc":"2.0","id":"r","method":"roots/list"})");
  const std::string next = at(link.take(), "/id");
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 0"});
  CHECK(at(link.take(), "/params/requestId") == next);
}

TEST_CASE(
    "two clients with different log levels each get theirs, and the child is told the lower") {
  World world({"a"});
  FakeLink one, two;
  const auto first = world.connect(one), second = world.connect(two);
  world.bring_up(0, {}, R"({"logging":{}})");
  world.say(first,
            R"({"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"error"}})");
  CHECK(at(world.children.take(0), "/params/level") == "\"error\"");
  world.say(second,
            R"({"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"info"}})");
  CHECK(at(world.children.take(0), "/params/level") == "\"info\"");
  one.take();
  two.take();
  world.child_says(
      0,
      R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"warning","data":1}})");
  CHECK(one.got.empty());
  CHECK(two.got.size() == 1);
  world.say(first,
            R"({"jsonrpc":"2.0","id":2,"method":"logging/setLevel","params":{"level":"loud"}})");
  CHECK(at(one.take(), "/error/code") == "-32602");
}

namespace {

// One server with resources {listed: file:///a, template x://{id}} up and listed.
void bring_up_resources(World& world, ServerIndex server, const std::string& listed) {
  world.gate->child_up(world.now, server, 1);
  world.answer(
      server, "initialize",
      R"({"protocolVersion":"2025-06-18","capabilities":{"resources":{"subscribe":true}},"serverInfo":{}})");
  world.children.take(server);
  world.answer(server, "resources/list",
               R"({"resources":[{"uri":")" + listed + R"(","name":"n"}]})");
  world.answer(server, "resources/templates/list",
               R"({"resourceTemplates":[{"uriTemplate":"t)" + std::to_string(server) +
                   R"(://{id}","name":"t"}]})");
}

std::string read_line(const std::string& uri) {
  return R"({"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"uri":")" + uri + R"("}})";
}

}  // namespace

TEST_CASE(
    "a resource is read from the server that lists it, whose template it fits, or that linked "
    "to it") {
  World world({"a", "b"});
  FakeLink link;
  const auto session = world.connect(link);
  bring_up_resources(world, 0, "file:///a");
  bring_up_resources(world, 1, "file:///b");
  world.say(session, read_line("file:///b"));
  CHECK(at(world.children.take(1), "/params/uri") == "\"file:///b\"");
  world.say(session, read_line("t1://7"));
  const std::string sent = world.children.take(1);
  CHECK(at(sent, "/method") == "\"resources/read\"");
  world.say(session, read_line("odd://x"));
  CHECK(at(link.take(), "/error/code") == "-32002");
  world.child_says(1, R"({"jsonrpc":"2.0","id":)" + at(sent, "/id") +
                          R"(,"result":{"contents":[{"uri":"odd://x","text":""}]}})");
  link.take();
  world.say(session, read_line("odd://x"));
  CHECK(at(world.children.take(1), "/params/uri") == "\"odd://x\"");
  CHECK(world.record.all<CallStarted>().back().kind == CallKind::Resource);
}

TEST_CASE(
    "updates go to subscribers only; the last one to leave unsubscribes; a restart subscribes "
    "again") {
  World world({"a"});
  FakeLink one, two;
  const auto first = world.connect(one), second = world.connect(two);
  bring_up_resources(world, 0, "file:///a");
  const auto subscription = [](const std::string& verb) {
    return R"({"jsonrpc":"2.0","id":1,"method":"resources/)" + verb +
           R"(","params":{"uri":"file:///a"}})";
  };
  world.say(first, subscription("subscribe"));
  world.answer(0, "resources/subscribe", "{}");
  CHECK(at(one.take(), "/result") == "{}");
  const std::string updated =
      R"({"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"file:///a/x"}})";
  world.child_says(0, updated);
  CHECK(one.take() == updated);
  CHECK(two.got.empty());
  world.say(second, subscription("subscribe"));
  world.answer(0, "resources/subscribe", "{}");
  two.take();
  world.say(first, subscription("unsubscribe"));
  CHECK(at(one.take(), "/result") == "{}");
  CHECK(world.children.take(0).empty());
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 1"});
  world.pass(std::chrono::seconds(1));
  bring_up_resources(world, 0, "file:///a");
  world.answer(0, "resources/subscribe", "{}");
  world.say(second, subscription("unsubscribe"));
  world.answer(0, "resources/unsubscribe", "{}");
  CHECK(at(two.take(), "/result") == "{}");
}

TEST_CASE("completion goes to the owner of the prompt or template, under its own name") {
  World world({"a", "b"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"x"});
  world.gate->child_up(world.now, 1, 1);
  world.answer(
      1, "initialize",
      R"({"protocolVersion":"2025-06-18","capabilities":{"prompts":{},"completions":{}},"serverInfo":{}})");
  world.children.take(1);
  world.answer(1, "prompts/list", R"({"prompts":[{"name":"p"}]})");
  world.say(
      session,
      R"({"jsonrpc":"2.0","id":3,"method":"completion/complete","params":{"ref":{"type":"ref/prompt","name":"b__p"},"argument":{"name":"n","value":"v"}}})");
  const std::string sent = world.children.take(1);
  CHECK(at(sent, "/params/ref/name") == "\"p\"");
  world.child_says(1, R"({"jsonrpc":"2.0","id":)" + at(sent, "/id") +
                          R"(,"result":{"completion":{"values":["v1"]}}})");
  CHECK(at(link.take(), "/id") == "3");
}

TEST_CASE("a prompt is got under its own name and is a call in the record") {
  World world({"b"});
  FakeLink link;
  const auto session = world.connect(link);
  world.gate->child_up(world.now, 0, 1);
  world.answer(0, "initialize",
               R"({"protocolVersion":"2025-06-18","capabilities":{"prompts":{}},"serverInfo":{}})");
  world.children.take(0);
  world.answer(0, "prompts/list", R"({"prompts":[{"name":"p"}]})");
  world.say(
      session,
      R"({"jsonrpc":"2.0","id":3,"method":"prompts/get","params":{"name":"b__p","arguments":{"k":"v"}}})");
  CHECK(at(world.children.take(0), "/params/name") == "\"p\"");
  CHECK(world.record.all<CallStarted>()[0].kind == CallKind::Prompt);
}

TEST_CASE("shutting down answers what is open and stops every child") {
  World world({"a"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"x"});
  world.say(session, call_line("1", "a__x"));
  world.gate->shut_down(world.now);
  CHECK(at(link.take(), "/error/data/code") == "\"gate.ending\"");
  CHECK(world.children.stops[0] == 1);
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 0"});
  CHECK(world.children.starts[0] == 1);
}

TEST_CASE(
    "a client's answer that can't be read goes to the asker as an error, and never back to the "
    "client") {
  World world({"a"});
  FakeLink link;
  const auto session = world.connect(link, kAll);
  world.bring_up(0, {"x"});
  for (const std::string rest :
       {R"(,"result":{"a":1,"a":2}})", R"(,"result":{"a":\q}})", R"(,"result":{},"error":{}})"}) {
    world.child_says(0, R"({"jsonrpc":"2.0","id":"q","method":"roots/list"})");
    const std::string id = at(link.take(), "/id");
    world.say(session, R"({"jsonrpc":"2.0","id":)" + id + rest);
    CHECK(link.got.empty());
    const std::string told = world.children.take(0);
    CHECK(at(told, "/id") == "\"q\"");
    CHECK(at(told, "/error/data/code") == "\"question.unusable\"");
  }
}

TEST_CASE("questions of one server are limited: at the limit yes, one over no") {
  World world({"a"});
  FakeLink link;
  world.connect(link, kAll);
  world.bring_up(0, {"x"});
  for (int i = 0; i < 64; ++i)
    world.child_says(
        0, R"({"jsonrpc":"2.0","id":)" + std::to_string(i) + R"(,"method":"roots/list"})");
  CHECK(link.got.size() == 64);
  world.child_says(0, R"({"jsonrpc":"2.0","id":64,"method":"roots/list"})");
  CHECK(link.got.size() == 64);
  CHECK(at(world.children.take(0), "/error/message").find("too many") != std::string::npos);
}

TEST_CASE("modern clients that share a session do not cancel each other's requests of equal ids") {
  ServerConfig server;
  server.name = "m";
  server.command = "mcp-server-time";
  server.era = ServerEra::Modern;
  PolicyConfig rules;
  rules.servers = {"m"};
  World world({}, rules, {}, {server});
  FakeLink link;
  const auto session = world.gate->open_session(world.now, link, {.token = "default"});
  Walker walker;
  const auto post = [&](const std::string& line, Exchange exchange) {
    const Result<MessagePtr> message = walker.walk(line);
    REQUIRE(message.ok());
    world.gate->client_message(world.now, session, *message, exchange);
    world.settle();
  };
  post(R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{)" + kModernMeta + "}}", 1);
  world.gate->child_up(world.now, 0, 100);
  world.answer(0, "server/discover",
               R"({"resultType":"complete","supportedVersions":["2026-07-28"],)"
               R"("capabilities":{"tools":{}}})");
  world.answer(
      0, "tools/list",
      R"({"resultType":"complete","tools":[{"name":"x","inputSchema":{"type":"object"}}]})");
  link.got.clear();
  link.about.clear();
  post(call_line("2", "m__x", "{}", "," + kModernMeta), 2);
  post(call_line("2", "m__x", "{}", "," + kModernMeta), 3);
  const std::string one = world.children.take(0), other = world.children.take(0);
  REQUIRE(at(other, "/method") == "\"tools/call\"");
  post(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2,)" +
           kModernMeta + "}}",
       4);
  CHECK(world.children.got[0].empty());
  world.gate->exchange_gone(world.now, session, 2);
  CHECK(at(world.children.take(0), "/params/requestId") == at(one, "/id"));
  CHECK(world.children.got[0].empty());
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(other, "/id") +
                          R"(,"result":{"resultType":"complete","content":[]}})");
  REQUIRE(link.got.size() == 1);
  CHECK(link.about.back() == 3);
  CHECK(at(link.take(), "/id") == "2");
}
