// Peers may write numbers and absent members in another way than callgate does.
#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

/// Takes the next line that the child got, which has this method. Returns its id.
std::string id_asked(World& world, const std::string& method) {
  const std::string line = world.child_gets();
  REQUIRE(at(line, "/method") == quoted(method));
  return at(line, "/id");
}

const std::string kOneTool = tool_list({"t"});

}  // namespace

TEST_CASE("a server may give ids and progress tokens back as text or as 7.0") {
  for (const auto& quotes : {std::pair{"\"", "\""}, std::pair{"", ".0"}}) {
    // CAPTURE makes a lambda, in which clang 14 captures no structured bindings.
    const std::string before = quotes.first, after = quotes.second;
    CAPTURE(after);
    const auto spelt = [&](const std::string& id) { return before + id + after; };
    OneClient world({"s"});
    world.hello();
    world.gate->child_up(world.now, 0, 100);
    world.child_sends(
        result_line(spelt(id_asked(world, "initialize")), greeting(R"({"tools":{}})")));
    id_asked(world, "notifications/initialized");
    world.child_sends(result_line(spelt(id_asked(world, "tools/list")), kOneTool));
    CHECK(world.gate->servers()[0].state == ServerStatus::State::Ready);

    world.client_sends(call_line("\"a\"", "s__t", "{}", R"(,"_meta":{"progressToken":"p"})"));
    const std::string id = id_asked(world, "tools/call");
    world.child_sends(progress(spelt(id)));
    CHECK(at(world.client_gets(), "/params/progressToken") == "\"p\"");
    world.child_sends(result_line(spelt(id), R"({"content":[]})"));
    CHECK(world.client_gets() == R"({"jsonrpc":"2.0","id":"a","result":{"content":[]}})");
  }
}

TEST_CASE("a client may answer a server's question with the id as text") {
  OneServer world({.name = "s", .tools = {"t"}, .client = kAll});
  world.child_sends(request("roots/list", "null", "\"q\""));
  const std::string question = world.client_gets();
  CHECK(at(question, "/method") == "\"roots/list\"");
  CHECK(at(question, "/params") == "absent");
  world.client_sends(result_line(quoted(at(question, "/id")), R"({"roots":[]})"));
  CHECK(world.child_gets() == R"({"jsonrpc":"2.0","id":"q","result":{"roots":[]}})");
}

TEST_CASE("if an answer has a result and an error, and one of them is null, the other one counts") {
  OneServer world({.name = "s", .tools = {"t"}});
  world.client_sends(call_line("1", "s__t"));
  world.child_sends(answer_to(world.child_gets(), R"({"content":[]},"error":null)"));
  CHECK(world.client_gets() == R"({"jsonrpc":"2.0","id":1,"result":{"content":[]}})");
  world.client_sends(call_line("2", "s__t"));
  world.child_sends(answer_to(world.child_gets(), R"(null,"error":{"code":-3,"message":"no"})"));
  CHECK(world.client_gets() == R"({"jsonrpc":"2.0","id":2,"error":{"code":-3,"message":"no"}})");
}

TEST_CASE("null members of a client's request count as absent") {
  OneServer world({.name = "s", .tools = {"t"}});
  world.client_sends(call_line("1", "s__t", "null", R"(,"_meta":{"progressToken":null})"));
  const std::string call = world.child_gets();
  CHECK(at(call, "/params") == R"({"name":"t","_meta":{}})");
  CHECK(world.record.all<CallStarted>().at(0).args.bytes.empty());
  world.client_sends(call_line("2", "s__t", "{}", R"(,"_meta":null)"));
  CHECK(at(world.child_gets(), "/params") == R"({"name":"t","arguments":{}})");
  for (const auto* method : {"tools/list", "ping"}) {
    world.client_sends(request(method, "null"));
    CHECK(at(world.client_gets(), "/id") == "77");
  }
  world.client_sends(request("tools/list", R"({"cursor":null})"));
  CHECK(at(world.client_gets(), "/result/tools/0/name") == "\"s__t\"");
  world.client_sends(call_line("3", "s__t", "1"));
  CHECK(at(world.client_gets(), "/error/code") == "-32602");
}

TEST_CASE("a legacy client's request with null members reaches a modern server") {
  OneClient world({}, {.servers = {{.name = "m", .command = "m", .era = ServerEra::Modern}}});
  world.hello();
  world.bring_up_modern(0, {"t"});
  world.client_sends(call_line("1", "m__t", "null", R"(,"_meta":null)"));
  std::string call = world.child_gets();
  while (at(call, "/method") != "\"tools/call\"" && !call.empty()) call = world.child_gets();
  CHECK(at(call, "/params/arguments") == "absent");
  CHECK(at(call, "/params/_meta/io.modelcontextprotocol~1protocolVersion") == "\"2026-07-28\"");
}

TEST_CASE("the gate asks a server for tools even if it declares none") {
  OneClient world({"s"});
  world.hello();
  world.greet(0, "{}");
  world.client_sends(kList);
  SUBCASE("its tools are in the first list") {
    world.answer(0, "tools/list", kOneTool);
    CHECK(at(world.client_gets(), "/result/tools/0/name") == "\"s__t\"");
  }
  SUBCASE("an error means that it has no tools") {
    const std::string id = id_asked(world, "tools/list");
    world.child_sends(error_line(id, R"({"code":-32600,"message":"no"})"));
    CHECK(world.gate->servers()[0].state == ServerStatus::State::Ready);
    CHECK(world.gate->servers()[0].list_why.empty());
  }
  SUBCASE("a server that does not answer is ready, and a late answer still counts") {
    const std::string id = id_asked(world, "tools/list");
    world.pass(1s);
    CHECK(world.gate->servers()[0].state == ServerStatus::State::Ready);
    CHECK(at(world.client_gets(), "/result/tools") == "[]");
    world.child_sends(result_line(id, kOneTool));
    CHECK(at(world.client_gets(), "/method") == "\"notifications/tools/list_changed\"");
    world.client_sends(kList);
    CHECK(at(world.client_gets(), "/result/tools/0/name") == "\"s__t\"");
  }
}
