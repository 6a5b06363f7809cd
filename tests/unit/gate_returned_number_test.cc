// Peers that write numbers and absent members in another way than callgate does.
#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

// The child's next line is a request with this method; returns its id.
std::string id_asked(World& world, const std::string& method) {
  const std::string line = world.children.take(0);
  REQUIRE(at(line, "/method") == "\"" + method + "\"");
  return at(line, "/id");
}

std::string answer_to(const std::string& id, const std::string& result) {
  return R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":)" + result + "}";
}

const std::string kGreeting = R"({"protocolVersion":"2025-06-18","capabilities":{"tools":{}},)"
                              R"("serverInfo":{"name":"s","version":"1"}})";
const std::string kOneTool = R"({"tools":[{"name":"t","inputSchema":{"type":"object"}}]})";

}  // namespace

TEST_CASE("a server may give ids and progress tokens back as text or as 7.0") {
  for (const auto& quotes : {std::pair{"\"", "\""}, std::pair{"", ".0"}}) {
    // clang 14 captures no structured bindings in a lambda, which CAPTURE makes.
    const std::string before = quotes.first, after = quotes.second;
    CAPTURE(after);
    const auto spelt = [&](const std::string& id) { return before + id + after; };
    World world({"s"});
    FakeLink link;
    const auto session = world.connect(link);
    world.gate->child_up(world.now, 0, 100);
    world.child_says(0, answer_to(spelt(id_asked(world, "initialize")), kGreeting));
    id_asked(world, "notifications/initialized");
    world.child_says(0, answer_to(spelt(id_asked(world, "tools/list")), kOneTool));
    CHECK(world.gate->servers()[0].state == ServerStatus::State::Ready);

    world.say(session, call_line("\"a\"", "s__t", "{}", R"(,"_meta":{"progressToken":"p"})"));
    const std::string id = id_asked(world, "tools/call");
    world.child_says(0, R"({"jsonrpc":"2.0","method":"notifications/progress","params":)"
                        R"({"progressToken":)" +
                            spelt(id) + R"(,"progress":1}})");
    CHECK(at(link.take(), "/params/progressToken") == "\"p\"");
    world.child_says(0, answer_to(spelt(id), R"({"content":[]})"));
    CHECK(link.take() == R"({"jsonrpc":"2.0","id":"a","result":{"content":[]}})");
  }
}

TEST_CASE("a client may answer a server's question with the id as text") {
  World world({"s"});
  FakeLink link;
  const auto session = world.connect(link, kAll);
  world.bring_up(0, {"t"});
  world.child_says(0, R"({"jsonrpc":"2.0","id":"q","method":"roots/list","params":null})");
  const std::string question = link.take();
  CHECK(at(question, "/method") == "\"roots/list\"");
  CHECK(at(question, "/params") == "absent");
  world.say(session, answer_to("\"" + at(question, "/id") + "\"", R"({"roots":[]})"));
  CHECK(world.children.take(0) == R"({"jsonrpc":"2.0","id":"q","result":{"roots":[]}})");
}

TEST_CASE("an answer with a result and an error of which one is null is the other") {
  World world({"s"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"t"});
  world.say(session, call_line("1", "s__t"));
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + id_asked(world, "tools/call") +
                          R"(,"result":{"content":[]},"error":null})");
  CHECK(link.take() == R"({"jsonrpc":"2.0","id":1,"result":{"content":[]}})");
  world.say(session, call_line("2", "s__t"));
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + id_asked(world, "tools/call") +
                          R"(,"result":null,"error":{"code":-3,"message":"no"}})");
  CHECK(link.take() == R"({"jsonrpc":"2.0","id":2,"error":{"code":-3,"message":"no"}})");
}

TEST_CASE("members of a client's request that are null are absent") {
  PolicyConfig rules;
  World world({"s"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"t"});
  world.say(session, call_line("1", "s__t", "null", R"(,"_meta":{"progressToken":null})"));
  const std::string call = world.children.take(0);
  CHECK(at(call, "/params") == R"({"name":"t","_meta":{}})");
  CHECK(world.record.all<CallStarted>().at(0).args.bytes.empty());
  world.say(session, call_line("2", "s__t", "{}", R"(,"_meta":null)"));
  CHECK(at(world.children.take(0), "/params") == R"({"name":"t","arguments":{}})");
  for (const auto* method : {"tools/list", "ping"}) {
    world.say(session, request(method, "null"));
    CHECK(at(link.take(), "/id") == "77");
  }
  world.say(session, request("tools/list", R"({"cursor":null})"));
  CHECK(at(link.take(), "/result/tools/0/name") == "\"s__t\"");
  world.say(session, call_line("3", "s__t", "1"));
  CHECK(at(link.take(), "/error/code") == "-32602");
}

TEST_CASE("null members do not come between a legacy client and a modern server") {
  ServerConfig modern;
  modern.name = "m";
  modern.command = "m";
  modern.era = ServerEra::Modern;
  World world({}, {.servers = {"m"}}, {}, {modern});
  FakeLink link;
  const auto session = world.connect(link);
  world.gate->child_up(world.now, 0, 100);
  world.answer(0, "server/discover",
               R"({"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}})");
  world.answer(0, "tools/list", kOneTool);
  world.say(session, call_line("1", "m__t", "null", R"(,"_meta":null)"));
  std::string call = world.children.take(0);
  while (at(call, "/method") != "\"tools/call\"" && !call.empty()) call = world.children.take(0);
  CHECK(at(call, "/params/arguments") == "absent");
  CHECK(at(call, "/params/_meta/io.modelcontextprotocol~1protocolVersion") == "\"2026-07-28\"");
}

TEST_CASE("tools of a server that declares none are asked for") {
  World world({"s"});
  FakeLink link;
  const auto session = world.connect(link);
  world.gate->child_up(world.now, 0, 100);
  world.answer(0, "initialize",
               R"({"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{}})");
  id_asked(world, "notifications/initialized");
  world.say(session, kList);
  SUBCASE("and are in the first list") {
    world.answer(0, "tools/list", kOneTool);
    CHECK(at(link.take(), "/result/tools/0/name") == "\"s__t\"");
  }
  SUBCASE("an error means that it has none") {
    const std::string id = id_asked(world, "tools/list");
    world.child_says(
        0, R"({"jsonrpc":"2.0","id":)" + id + R"(,"error":{"code":-32600,"message":"no"}})");
    CHECK(world.gate->servers()[0].state == ServerStatus::State::Ready);
    CHECK(world.gate->servers()[0].list_why.empty());
  }
  SUBCASE("a server that does not answer is ready all the same, and a late answer counts") {
    const std::string id = id_asked(world, "tools/list");
    world.pass(1s);
    CHECK(world.gate->servers()[0].state == ServerStatus::State::Ready);
    CHECK(at(link.take(), "/result/tools") == "[]");
    world.child_says(0, answer_to(id, kOneTool));
    CHECK(at(link.take(), "/method") == "\"notifications/tools/list_changed\"");
    world.say(session, kList);
    CHECK(at(link.take(), "/result/tools/0/name") == "\"s__t\"");
  }
}
