// What clients get while servers start, are down, or end: lists, waits, reasons.
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

TEST_CASE("the first list waits a second for one of ten servers, then announces what it has") {
  std::vector<std::string> names;
  for (int i = 0; i < 10; ++i) names.push_back("s" + std::to_string(i));
  World world(names);
  FakeLink link;
  const auto session = world.connect(link);
  for (ServerIndex i = 0; i < 9; ++i) world.bring_up(i, {"t"});
  world.say(session, kList);
  world.pass(999ms);
  CHECK(link.got.empty());
  world.pass(1ms);
  const std::string list = link.take();
  CHECK(at(list, "/result/tools/8/name") == "\"s8__t\"");
  world.bring_up(9, {"t"});
  CHECK(at(link.take(), "/method") == "\"notifications/tools/list_changed\"");
}

TEST_CASE("while no server is known the first list waits for one, and a moment for the others") {
  World world({"a", "b", "c"});
  FakeLink link;
  const auto session = world.connect(link);
  world.say(session, kList);
  world.pass(2500ms);
  CHECK(link.got.empty());
  world.bring_up(0, {"t"});
  world.pass(500ms);
  CHECK(link.got.empty());
  world.bring_up(1, {"t"});
  world.pass(500ms);
  const std::string list = link.take();
  CHECK(at(list, "/result/tools/1/name") == "\"b__t\"");
  CHECK(at(list, "/result/tools/2") == "absent");
}

TEST_CASE("a list of servers that all hang is answered after five seconds") {
  World world({"a", "b"});
  FakeLink link;
  const auto session = world.connect(link);
  world.say(session, kList);
  world.pass(1s);
  world.pass(3999ms);
  CHECK(link.got.empty());
  world.pass(1ms);
  CHECK(at(link.take(), "/result/tools") == "[]");
}

TEST_CASE("a configured time for the first list is kept to") {
  Limits limits;
  limits.first_list = 0ms;
  World world({"a", "b"}, {}, limits);
  FakeLink link;
  const auto session = world.connect(link);
  world.say(session, kList);
  world.pass(0ms);
  CHECK(at(link.take(), "/result/tools") == "[]");
}

TEST_CASE("an unknown name is answered with the nearest that the client sees") {
  ServerConfig a, b;
  a.name = "a", b.name = "b";
  a.command = b.command = "x";
  b.hide = {"secret"};
  World world({}, {}, {}, {a, b});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"echo", "other"});
  world.bring_up(1, {"add", "secret"});
  const auto said = [&](const std::string& name) {
    world.say(session, call_line("1", name));
    return at(link.take(), "/error/message");
  };
  CHECK(said("echo") == R"("Unknown tool: echo; did you mean 'a__echo'?")");
  CHECK(said("b__echo") == R"("Unknown tool: b__echo; did you mean 'a__echo'?")");
  CHECK(said("a__ehco") == R"("Unknown tool: a__ehco; did you mean 'a__echo'?")");
  CHECK(said("a__nothing_like_it") == R"("Unknown tool: a__nothing_like_it")");
  CHECK(said("secret") == R"("Unknown tool: secret")");
  CHECK(said("b__secret") == R"("Unknown tool: b__secret")");
}

namespace {

/// `a` is up with the tool echo, `b` and `c` are starting; names of `c` have a prefix or not.
struct Half : World {
  FakeLink link;
  SessionNumber session;
  explicit Half(Prefix of_c) : World({}, {}, {}, servers(of_c)) {
    session = connect(link);
    bring_up(0, {"echo"});
  }
  static std::vector<ServerConfig> servers(Prefix of_c) {
    std::vector<ServerConfig> all;
    for (const char* name : {"a", "b", "c"}) {
      all.emplace_back().name = name;
      all.back().command = "x";
    }
    all.back().prefix = of_c;
    return all;
  }
  std::string call(const std::string& name) {
    link.got.clear();
    say(session, call_line("1", name));
    return link.got.empty() ? "" : at(link.take(), "/error/message");
  }
};

}  // namespace

TEST_CASE("an unknown name waits only for servers that may have it") {
  Half world(Prefix::Always);
  CHECK(world.call("a__ehco") == R"("Unknown tool: a__ehco; did you mean 'a__echo'?")");
  CHECK(world.call("echo") == R"("Unknown tool: echo; did you mean 'a__echo'?")");
  CHECK(world.call("d__echo") == R"("Unknown tool: d__echo; did you mean 'a__echo'?")");
  CHECK(world.call("b__echo").empty());
  CHECK(world.link.got.empty());
  world.bring_up(1, {"echo"});
  CHECK(at(world.children.take(1), "/params/name") == "\"echo\"");
}

TEST_CASE("an unknown name waits for a server whose names have no prefix") {
  Half world(Prefix::Never);
  CHECK(world.call("a__ehco").empty());
  world.bring_up(2, {"other"});
  while (!world.link.got.empty() && at(world.link.got.front(), "/method") != "absent")
    world.link.take();
  CHECK(at(world.link.take(), "/error/message") ==
        R"("Unknown tool: a__ehco; did you mean 'a__echo'?")");
}

TEST_CASE("an unknown name of a server that is not up is answered with why") {
  World world({"a", "b", "c"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"echo"});
  world.gate->child_gone(world.now, 1,
                         {.not_started = Error{"child.start", "could not be started: no", ""}});
  world.say(session, call_line("1", "b__echo"));
  world.say(session, call_line("2", "c__echo"));
  world.pass(10s);
  CHECK(has(link.take(), "server 'b' is not running: could not be started: no"));
  CHECK(has(link.take(), "server 'c', which may have it, is still starting"));
}

TEST_CASE("why a server is down is its last reason, with one tail") {
  World world({"fs"});
  FakeLink link;
  world.connect(link);
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

TEST_CASE("a server that ends with status 0 after an answer is started at once, callers wait") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  for (int i = 1; i <= 12; ++i) {
    world.bring_up(0, {"read"});
    world.say(session, call_line("1", "fs__read", "{\"n\":" + std::to_string(i) + "}"));
    world.answer(0, "tools/call", R"({"content":[]})");
    CHECK(at(link.take(), "/result/content") == "[]");
    world.gate->child_gone(world.now, 0, {.reason = "exited with status 0", .status_zero = true});
    CHECK(world.children.starts[0] == i + 1);
  }
  world.say(session, call_line("2", "fs__read"));
  CHECK(link.got.empty());
  world.bring_up(0, {"read"});
  world.answer(0, "tools/call", R"({"content":[]})");
  CHECK(at(link.take(), "/id") == "2");
}

TEST_CASE("a server that ends with status 0 and has answered nobody is backed off") {
  World world({"fs"});
  FakeLink link;
  world.connect(link);
  world.bring_up(0, {"read"});
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 0", .status_zero = true});
  CHECK(world.children.starts[0] == 1);
  CHECK(world.gate->servers()[0].state == ServerStatus::State::Waiting);
}

TEST_CASE("callers wait through a short back-off; a long one is an answer") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 1"});
  world.say(session, call_line("1", "fs__read"));
  CHECK(link.got.empty());
  world.pass(1s);
  world.bring_up(0, {"read"});
  world.answer(0, "tools/call", R"({"content":[]})");
  CHECK(at(link.take(), "/id") == "1");
  for (const Nanos wait : {2s, 4s}) {
    world.gate->child_gone(world.now, 0, {.reason = "exited with status 1"});
    if (wait == 2s) world.pass(wait);
  }
  world.say(session, call_line("2", "fs__read"));
  CHECK(at(link.take(), "/error/data/code") == "\"server.down\"");
}

TEST_CASE("a server is ended patiently, but promptly where a request waits for its next start") {
  World world({"fs"});
  FakeLink link, next;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  world.gate->restart_child(world.now, 0);
  CHECK(world.children.paces[0] == StopPace::Patient);
  world.say(session, call_line("1", "fs__read"));
  CHECK(world.children.paces[0] == StopPace::Prompt);
  CHECK(world.children.stops[0] == 2);
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 0"});
  CHECK(world.children.starts[0] == 2);
}
