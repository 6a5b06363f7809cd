// The lists and errors that clients get while servers start, are down or end.
#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

std::string why(const World& world, size_t server = 0) {
  return world.gate->servers()[server].why.text();
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE(
    "the first list waits a second for the last of ten servers, whose tools are announced later") {
  std::vector<std::string> names;
  for (int i = 0; i < 10; ++i) names.push_back("s" + std::to_string(i));
  OneClient world(names);
  world.hello();
  for (ServerIndex i = 0; i < 9; ++i) world.bring_up(i, {"t"});
  world.client_sends(kList);
  world.pass(999ms);
  CHECK(world.link.got.empty());
  world.pass(1ms);
  const std::string list = world.client_gets();
  CHECK(at(list, "/result/tools/8/name") == "\"s8__t\"");
  world.bring_up(9, {"t"});
  CHECK(at(world.client_gets(), "/method") == "\"notifications/tools/list_changed\"");
}

TEST_CASE("the first list waits for the first server, and then a short time for the others") {
  OneClient world({"a", "b", "c"});
  world.hello();
  world.client_sends(kList);
  world.pass(2500ms);
  CHECK(world.link.got.empty());
  world.bring_up(0, {"t"});
  world.pass(500ms);
  CHECK(world.link.got.empty());
  world.bring_up(1, {"t"});
  world.pass(500ms);
  const std::string list = world.client_gets();
  CHECK(at(list, "/result/tools/1/name") == "\"b__t\"");
  CHECK(at(list, "/result/tools/2") == "absent");
}

TEST_CASE("the first list is answered after five seconds if all servers hang") {
  OneClient world({"a", "b"});
  world.hello();
  world.client_sends(kList);
  world.pass(1s);
  world.pass(3999ms);
  CHECK(world.link.got.empty());
  world.pass(1ms);
  CHECK(at(world.client_gets(), "/result/tools") == "[]");
}

TEST_CASE("the first list waits as long as it is configured to") {
  OneClient world({"a", "b"}, {.limits = {.first_list = 0ms}});
  world.hello();
  world.client_sends(kList);
  world.pass(0ms);
  CHECK(at(world.client_gets(), "/result/tools") == "[]");
}

TEST_CASE("the answer to an unknown tool suggests the nearest name that the client sees") {
  OneClient world({}, {.servers = {{.name = "a"}, {.name = "b", .hide = {"secret"}}}});
  world.hello();
  world.bring_up(0, {"echo", "other"});
  world.bring_up(1, {"add", "secret"});
  const auto error_of = [&](const std::string& name) {
    world.client_sends(call_line("1", name));
    return at(world.client_gets(), "/error/message");
  };
  CHECK(error_of("echo") == R"("Unknown tool: echo; did you mean 'a__echo'?")");
  CHECK(error_of("b__echo") == R"("Unknown tool: b__echo; did you mean 'a__echo'?")");
  CHECK(error_of("a__ehco") == R"("Unknown tool: a__ehco; did you mean 'a__echo'?")");
  CHECK(error_of("a__nothing_like_it") == R"("Unknown tool: a__nothing_like_it")");
  CHECK(error_of("secret") == R"("Unknown tool: secret")");
  CHECK(error_of("b__secret") == R"("Unknown tool: b__secret")");
}

namespace {

/// `a` is up with the tool echo, and `b` and `c` are starting.
struct Half : OneClient {
  explicit Half(Prefix of_c)
      : OneClient({}, {.servers = {{.name = "a"}, {.name = "b"}, {.name = "c", .prefix = of_c}}}) {
    hello();
    bring_up(0, {"echo"});
  }
  std::string call(const std::string& name) {
    link.got.clear();
    client_sends(call_line("1", name));
    return link.got.empty() ? "" : at(client_gets(), "/error/message");
  }
};

}  // namespace

TEST_CASE("a call of an unknown tool waits only for servers that may have it") {
  Half world(Prefix::Always);
  CHECK(world.call("a__ehco") == R"("Unknown tool: a__ehco; did you mean 'a__echo'?")");
  CHECK(world.call("echo") == R"("Unknown tool: echo; did you mean 'a__echo'?")");
  CHECK(world.call("d__echo") == R"("Unknown tool: d__echo; did you mean 'a__echo'?")");
  CHECK(world.call("b__echo").empty());
  CHECK(world.link.got.empty());
  world.bring_up(1, {"echo"});
  CHECK(at(world.child_gets(1), "/params/name") == "\"echo\"");
}

TEST_CASE("a call of an unknown tool waits for a server without a prefix") {
  Half world(Prefix::Never);
  CHECK(world.call("a__ehco").empty());
  world.bring_up(2, {"other"});
  while (!world.link.got.empty() && at(world.link.got.front(), "/method") != "absent")
    world.client_gets();
  CHECK(at(world.client_gets(), "/error/message") ==
        R"("Unknown tool: a__ehco; did you mean 'a__echo'?")");
}

TEST_CASE("a call of an unknown tool is answered with the reason why its server is not up") {
  OneClient world({"a", "b", "c"});
  world.hello();
  world.bring_up(0, {"echo"});
  world.gate->child_gone(world.now, 1,
                         {.not_started = Error{"child.start", "could not be started: no", ""}});
  world.client_sends(call_line("1", "b__echo"));
  world.client_sends(call_line("2", "c__echo"));
  world.pass(10s);
  CHECK(has(world.client_gets(), "server 'b' is not running: could not be started: no"));
  CHECK(has(world.client_gets(), "server 'c', which may have it, is still starting"));
}

TEST_CASE("the reason why a server is down is its last one, with its own last lines") {
  OneClient world({"fs"});
  world.hello();
  for (const std::string reason : {"exited with status 1", "exited with status 2"}) {
    world.gate->child_gone(world.now, 0, {.reason = reason, .stderr_tail = "tail of " + reason});
    CHECK(why(world) == reason + "; its last lines: tail of " + reason);
    world.pass(2s);
  }
  world.gate->child_up(world.now, 0, 1);
  world.pass(180s);
  world.gate->child_gone(world.now, 0, {.reason = "was killed by signal 15", .stderr_tail = "x"});
  CHECK(why(world) == "it was not ready after 180 s (start_timeout); its last lines: x");
  world.pass(4s);
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 3"});
  CHECK(why(world) == "exited with status 3");
}

TEST_CASE(
    "a server that ends with status 0 after an answer is restarted at once, and calls wait for "
    "it") {
  OneClient world({"fs"});
  world.hello();
  for (int i = 1; i <= 12; ++i) {
    world.bring_up(0, {"read"});
    world.client_sends(call_line("1", "fs__read", "{\"n\":" + std::to_string(i) + "}"));
    world.answer(0, "tools/call", R"({"content":[]})");
    CHECK(at(world.client_gets(), "/result/content") == "[]");
    world.gate->child_gone(world.now, 0, {.reason = "exited with status 0", .status_zero = true});
    CHECK(world.children.starts[0] == i + 1);
  }
  world.client_sends(call_line("2", "fs__read"));
  CHECK(world.link.got.empty());
  world.bring_up(0, {"read"});
  world.answer(0, "tools/call", R"({"content":[]})");
  CHECK(at(world.client_gets(), "/id") == "2");
}

TEST_CASE("a server that ends with status 0 without an answer is restarted later") {
  OneServer world;
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 0", .status_zero = true});
  CHECK(world.children.starts[0] == 1);
  CHECK(world.gate->servers()[0].state == ServerStatus::State::Waiting);
}

TEST_CASE("a call waits for a restart that comes soon, and fails if it comes late") {
  OneServer world;
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 1"});
  world.client_sends(call_line("1", "fs__read"));
  CHECK(world.link.got.empty());
  world.pass(1s);
  world.bring_up(0, {"read"});
  world.answer(0, "tools/call", R"({"content":[]})");
  CHECK(at(world.client_gets(), "/id") == "1");
  for (const Nanos wait : {2s, 4s}) {
    world.gate->child_gone(world.now, 0, {.reason = "exited with status 1"});
    if (wait == 2s) world.pass(wait);
  }
  world.client_sends(call_line("2", "fs__read"));
  CHECK(at(world.client_gets(), "/error/data/code") == "\"server.down\"");
}

TEST_CASE("a call does not wait for another start after it has waited for the start_timeout") {
  OneServer world;
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 1"});
  world.client_sends(call_line("1", "fs__read"));
  world.pass(1s);
  world.gate->child_up(world.now, 0, 2);
  world.pass(180s);
  CHECK(world.link.got.empty());
  world.gate->child_gone(world.now, 0, {.reason = "was killed by signal 15"});
  CHECK(at(world.client_gets(), "/error/data/code") == "\"server.down\"");
  CHECK(world.gate->servers()[0].state == ServerStatus::State::Waiting);
}

TEST_CASE("a child gets time to end, but less if a request waits for its next start") {
  OneServer world;
  world.gate->restart_child(world.now, 0);
  CHECK(world.children.paces[0] == StopPace::Patient);
  world.client_sends(call_line("1", "fs__read"));
  CHECK(world.children.paces[0] == StopPace::Prompt);
  CHECK(world.children.stops[0] == 2);
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 0"});
  CHECK(world.children.starts[0] == 2);
}
