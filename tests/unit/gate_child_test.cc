#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {}

TEST_CASE("a probe and initialize are answered before any child is started") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.gate->open_session(world.now, link, {});
  world.say(session,
            R"({"jsonrpc":"2.0","id":"p","method":"server/discover","params":{"_meta":{}}})");
  CHECK(at(link.take(), "/error/code") == "-32602");
  world.say(session, R"({"jsonrpc":"2.0","id":"q","method":"server/discover","params":{"_meta":{)"
                     R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                     R"("io.modelcontextprotocol/clientCapabilities":{}}}})");
  CHECK(at(link.take(), "/result/supportedVersions/0") == "\"2026-07-28\"");
  world.say(
      session,
      R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{}}})");
  CHECK(at(link.take(), "/result/protocolVersion") == "\"2025-11-25\"");
  CHECK(world.children.starts.empty());
  world.say(session, R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  CHECK(world.children.starts[0] == 1);
}

TEST_CASE("a requested revision is echoed if we speak it, else our latest is answered") {
  for (const auto& [asked, got] : {std::pair{"2024-11-05", "\"2024-11-05\""},
                                   {"2024-10-07", "\"2024-10-07\""},
                                   {"2026-07-28", "\"2025-11-25\""},
                                   {"1.0", "\"2025-11-25\""}}) {
    World world({});
    FakeLink link;
    const auto session = world.gate->open_session(world.now, link, {});
    world.say(
        session,
        std::string(
            R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":")") +
            asked + R"(","capabilities":{}}})");
    CHECK(at(link.take(), "/result/protocolVersion") == got);
  }
}

TEST_CASE("a second initialize does not reach a running child") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  world.say(
      session,
      R"({"jsonrpc":"2.0","id":7,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{}}})");
  CHECK(at(link.take(), "/id") == "7");
  world.say(session, R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  CHECK(world.children.take(0).empty());
  CHECK(world.children.starts[0] == 1);
}

TEST_CASE("before initialize only ping and probes are answered; an answer to nothing is ignored") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.gate->open_session(world.now, link, {});
  world.say(session, R"({"jsonrpc":"2.0","id":1,"method":"ping"})");
  CHECK(link.take() == R"({"jsonrpc":"2.0","id":1,"result":{}})");
  world.say(session, call_line("2", "fs__read"));
  CHECK(at(link.take(), "/error/data/code") == "\"protocol.not_initialized\"");
  world.say(session, R"({"jsonrpc":"2.0","id":99,"result":{}})");
  CHECK(link.got.empty());
}

TEST_CASE("a batch is taken apart in 2025-03-26 and refused in every other revision") {
  World world({"fs"});
  FakeLink old, recent;
  const auto a = world.connect(old, "{}", "2025-03-26"), b = world.connect(recent);
  const std::string batch =
      R"([{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","id":2,"method":"ping"}])";
  world.say(a, batch);
  CHECK(at(old.take(), "/id") == "1");
  CHECK(at(old.take(), "/id") == "2");
  world.say(b, batch);
  CHECK(at(recent.take(), "/error/code") == "-32600");
}

TEST_CASE("bad lines get an error with their id where it can be read, and the session goes on") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.say(session, R"({"jsonrpc":"2.0","id":41,"method":"ping","params":{"x":"\q"}})");
  std::string error = link.take();
  CHECK(at(error, "/id") == "41");
  CHECK(at(error, "/error/code") == "-32700");
  world.say(
      session,
      R"({"jsonrpc":"2.0","id":42,"method":"tools/call","params":{"name":"a","na\u006de":"b"}})");
  error = link.take();
  CHECK(at(error, "/id") == "42");
  CHECK(at(error, "/error/data/code") == "\"wire.duplicate_key\"");
  world.say(session, "hello");
  CHECK(at(link.take(), "/id") == "null");
  world.say(session, R"({"jsonrpc":"2.0","id":null,"method":"ping"})");
  CHECK(at(link.take(), "/error/code") == "-32600");
  world.say(session, R"({"jsonrpc":"2.0","id":1,"method":"ping"})");
  CHECK(at(link.take(), "/result") == "{}");
}

TEST_CASE("the first list waits for slow servers, but only so long, and says later what is new") {
  World world({"fast", "slow"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"a"});
  world.say(session, kList);
  CHECK(link.got.empty());
  world.pass(10s);
  const std::string list = link.take();
  CHECK(at(list, "/result/tools/0/name") == "\"fast__a\"");
  CHECK(at(list, "/result/tools/1") == "absent");
  world.bring_up(1, {"b"});
  CHECK(at(link.take(), "/method") == "\"notifications/tools/list_changed\"");
  world.say(session, kList);
  CHECK(at(link.take(), "/result/tools/1/name") == "\"slow__b\"");
}

TEST_CASE("a list does not wait for a server that could not be started") {
  World world({"fs", "gone"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"a"});
  world.say(session, kList);
  world.gate->child_gone(
      world.now, 1,
      {.not_started = Error{"child.not_found", "could not be started: no such file", ""}});
  CHECK(at(link.take(), "/result/tools/0/name") == "\"fs__a\"");
  CHECK(world.gate->servers()[1].state == ServerStatus::State::Suspended);
}

TEST_CASE("a crash loop backs off from 1 s to 30 s and is suspended; a later request tries again") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  const Nanos expected[] = {1s, 2s, 4s, 8s, 16s, 30s, 30s, 30s, 30s};
  for (const Nanos wait : expected) {
    const int starts = world.children.starts[0];
    world.gate->child_gone(world.now, 0, {.reason = "exited with status 1"});
    world.pass(wait - 1ms);
    CHECK(world.children.starts[0] == starts);
    world.pass(1ms);
    CHECK(world.children.starts[0] == starts + 1);
  }
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 1"});
  CHECK(world.gate->servers()[0].state == ServerStatus::State::Suspended);
  world.pass(31s);
  world.say(session, kList);
  CHECK(world.children.starts[0] == 11);
}

TEST_CASE("a server that was up for a minute starts its back-off again from 1 s") {
  World world({"fs"});
  FakeLink link;
  world.connect(link);
  for (int i = 0; i < 3; ++i) {
    world.bring_up(0, {"a"});
    world.pass(61s);
    world.gate->child_gone(world.now, 0, {.reason = "exited with status 1"});
    const int starts = world.children.starts[0];
    world.pass(1s);
    CHECK(world.children.starts[0] == starts + 1);
  }
}

TEST_CASE("a server that is not ready within start_timeout is ended and says so") {
  World world({"fs"});
  FakeLink link;
  world.connect(link);
  world.gate->child_up(world.now, 0, 1);
  world.pass(180s);
  CHECK(world.children.stops[0] == 1);
  world.gate->child_gone(world.now, 0, {.reason = "was killed by signal 15"});
  CHECK(world.gate->servers()[0].why.text().find("start_timeout") != std::string::npos);
}

TEST_CASE("two calls race a start: one child, and both go on when it is up") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.say(session, call_line("1", "fs__read"));
  world.say(session, call_line("2", "fs__read"));
  CHECK(world.children.starts[0] == 1);
  world.bring_up(0, {"read"});
  CHECK(at(world.children.take(0), "/method") == "\"tools/call\"");
  CHECK(at(world.children.take(0), "/method") == "\"tools/call\"");
}

TEST_CASE("every page is fetched; a repeated cursor and an endless one are bounded") {
  Limits limits;
  limits.pages = 3;
  World world({"fs"}, {}, limits);
  FakeLink link;
  const auto session = world.connect(link);
  world.gate->child_up(world.now, 0, 1);
  world.answer(0, "initialize",
               R"({"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{}})");
  world.children.take(0);
  for (const std::string page : {"a", "b", "c"}) {
    const std::string cursor = at(world.children.got[0].front(), "/params/cursor");
    if (page != "a") CHECK(cursor == (page == "b" ? R"("after\u0061")" : R"("afterb")"));
    world.answer(0, "tools/list",
                 R"({"tools":[{"name":")" + page + R"(","inputSchema":{}}],"nextCursor":")" +
                     (page == "a" ? "after\\u0061" : "after" + page) + R"("})");
  }
  world.say(session, kList);
  CHECK(at(link.take(), "/result/tools/2/name") == "\"fs__c\"");
}

TEST_CASE(
    "list_changed of a child causes one refresh and one notification to each client that listed") {
  World world({"fs"});
  FakeLink a, b, never_listed;
  const auto first = world.connect(a), second = world.connect(b);
  world.connect(never_listed);
  world.bring_up(0, {"one"});
  world.say(first, kList);
  world.say(second, kList);
  a.got.clear();
  b.got.clear();
  for (int i = 0; i < 3; ++i)
    world.child_says(0, R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
  world.answer(0, "tools/list", R"({"tools":[]})");
  CHECK(a.got.empty());
  world.answer(0, "tools/list", R"({"tools":[{"name":"two","inputSchema":{}}]})");
  CHECK(world.children.take(0).empty());
  CHECK(a.take() == R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
  CHECK(a.got.empty());
  CHECK(b.got.size() == 1);
  CHECK(never_listed.got.empty());
  world.say(first, kList);
  CHECK(at(a.take(), "/result/tools/0/name") == "\"fs__two\"");
}

TEST_CASE("a list that looks as it did is no news, however often a server says that it changed") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"one"});
  world.say(session, kList);
  link.got.clear();
  world.child_says(0, R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
  world.answer(0, "tools/list", R"({"tools":[{"name":"one","inputSchema":{"type":"object"}}]})");
  CHECK(link.got.empty());
}

TEST_CASE("servers that start one after the other are one piece of news to a client that listed") {
  World world({"a", "b", "c"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"one"});
  world.say(session, kList);
  world.now.monotonic += 10s;
  world.gate->tick(world.now);  // the first list does not wait longer
  link.got.clear();
  world.bring_up(1, {"two"});
  CHECK(link.got.empty());
  world.bring_up(2, {"three"});
  REQUIRE(link.got.size() == 1);
  CHECK(at(link.take(), "/method") == "\"notifications/tools/list_changed\"");
}

TEST_CASE("servers and tools whose joined names look alike stay apart") {
  World world({"a", "a_", "a__b"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"_b", "b__c", "x.y", "x_y"});
  world.bring_up(1, {"b"});
  world.bring_up(2, {"c"});
  world.say(session, kList);
  const std::string list = link.take();
  std::vector<std::string> names;
  for (int i = 0; i < 6; ++i) {
    CAPTURE(i);
    names.push_back(at(list, "/result/tools/" + std::to_string(i) + "/name"));
    CHECK(names.back() != "absent");
    for (int j = 0; j < i; ++j) CHECK(names[static_cast<size_t>(j)] != names.back());
  }
}

TEST_CASE("a name has a digest only where another would be the same") {
  World world({"1st", "repo.files", "a__b", "s", "s/2", "s.2"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"2nd"});
  world.bring_up(1, {"list/all", "x.y", "x_y"});
  world.bring_up(2, {"c"});
  world.bring_up(3, {"-x"});
  world.bring_up(4, {"t"});
  world.bring_up(5, {"t"});
  world.say(session, kList);
  const std::string list = link.take();
  const auto name = [&](int i) { return at(list, "/result/tools/" + std::to_string(i) + "/name"); };
  CHECK(name(0) == "\"_1st__2nd\"");
  CHECK(name(1) == "\"repo_files__list_all\"");
  CHECK(name(2).starts_with("\"repo_files__x_y_"));
  CHECK(name(3) == "\"repo_files__x_y\"");
  CHECK(name(4) == "\"a__b__c\"");
  CHECK(name(5) == "\"s__-x\"");
  CHECK(name(6).starts_with("\"s_2__t_"));
  CHECK(name(7).starts_with("\"s_2__t_"));
  CHECK(name(6) != name(7));
  world.say(session, call_line("1", "repo_files__list_all"));
  CHECK(at(world.children.take(1), "/params/name") == "\"list/all\"");
}

TEST_CASE("without a prefix a name begins with a letter or a line, and has a digest where needed") {
  std::vector<ServerConfig> servers(2);
  servers[0].name = "one";
  servers[1].name = "two";
  servers[0].prefix = Prefix::Never;
  SUBCASE("one such server") {}
  SUBCASE("two such servers") { servers[1].prefix = Prefix::Never; }
  World world({}, {}, {}, servers);
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"3d", "-x", "a.b", "two..x", "plain"});
  world.say(session, kList);
  world.pass(1s);
  const std::string list = link.take();
  const auto name = [&](int i) { return at(list, "/result/tools/" + std::to_string(i) + "/name"); };
  const bool alone = servers[1].prefix == Prefix::Always;
  const auto is = [&](int i, const std::string& text) {
    return alone ? name(i) == "\"" + text + "\"" : name(i).starts_with("\"" + text + "_");
  };
  CHECK(is(0, "_3d"));
  CHECK(is(1, "_-x"));
  CHECK(is(2, "a_b"));
  CHECK(name(3).starts_with("\"two__x_"));
  CHECK(name(4) == "\"plain\"");
}

TEST_CASE("a long name is cut at 48 with a stable mark, and one bad item hides only itself") {
  World world({"server"});
  FakeLink link;
  const auto session = world.connect(link);
  const std::string twin_a(60, 'n'), twin_b = std::string(59, 'n') + "m";
  world.gate->child_up(world.now, 0, 1);
  world.answer(0, "initialize",
               R"({"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{}})");
  world.children.take(0);
  world.answer(0, "tools/list",
               R"({"tools":[{"name":7,"inputSchema":{}},{"name":"no-schema"},{"name":")" + twin_a +
                   R"(","inputSchema":{}},{"name":")" + twin_b + R"(","inputSchema":{}}]})");
  world.say(session, kList);
  const std::string list = link.take();
  const std::string a = at(list, "/result/tools/0/name"), b = at(list, "/result/tools/1/name");
  CHECK(a.size() == 48 + 2);
  CHECK(a != b);
  CHECK(at(list, "/result/tools/2") == "absent");
  world.say(session, call_line("3", b.substr(1, b.size() - 2)));
  CHECK(at(world.children.take(0), "/params/name") == "\"" + twin_b + "\"");
}

TEST_CASE("with prefix never the first server keeps a name whoever comes up first") {
  std::vector<ServerConfig> servers(2);
  servers[0].name = "one";
  servers[1].name = "two";
  servers[0].prefix = servers[1].prefix = Prefix::Never;
  World world({}, {}, {}, servers);
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(1, {"same"});
  world.bring_up(0, {"same"});
  world.say(session, call_line("1", "same"));
  CHECK(at(world.children.take(0), "/params/name") == "\"same\"");
  CHECK(world.children.take(1).empty());
}

TEST_CASE("noise on stdout is skipped and counted, and the next message counts") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  for (const std::string noise : {"Server started", "\x1b[31mred\x1b[0m", "{",
                                  "  \"jsonrpc\": \"2.0\"", "[1]", "7", "\xff\xfe"})
    world.child_says(0, noise);
  CHECK(world.gate->servers()[0].noise == 7);
  world.say(session, call_line("1", "fs__read"));
  CHECK(at(world.children.take(0), "/method") == "\"tools/call\"");
}

TEST_CASE("an answer that is broken behind its id fails its call instead of leaving it open") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  world.say(session, call_line("1", "fs__read"));
  const std::string id = at(world.children.take(0), "/id");
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":{"x":truex}})");
  CHECK(at(link.take(), "/error/data/code") == "\"server.gone\"");
}

TEST_CASE("a duplicate key below the envelope of an answer passes as it came") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  world.say(session, call_line("1", "fs__read"));
  const std::string id = at(world.children.take(0), "/id");
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":{"a":1,"a":"\ud800"}})");
  CHECK(link.take() == R"({"jsonrpc":"2.0","id":1,"result":{"a":1,"a":"\ud800"}})");
}

TEST_CASE("a server that answers an error on a list it declared is ready with an empty one") {
  World world({"pg"});
  FakeLink link;
  const auto session = world.connect(link);
  world.gate->child_up(world.now, 0, 1);
  world.answer(0, "initialize",
               R"({"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{}})");
  world.children.take(0);
  const std::string asked = world.children.take(0);
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(asked, "/id") +
                          R"(,"error":{"code":-32601,"message":"no"}})");
  world.say(session, kList);
  CHECK(at(link.take(), "/result/tools") == "[]");
}

TEST_CASE("an answer with an odd envelope ends its call, too") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  for (const std::string rest :
       {R"(,"result":{"method":"x"},"error":{}})", R"(,"result":{},"result":{}})",
        R"(,"result":{"text":"\"method\"","bad":01}})"}) {
    world.say(session, call_line("1", "fs__read"));
    const std::string id = at(world.children.take(0), "/id");
    world.child_says(0, R"({"jsonrpc":"2.0","id":)" + id + rest);
    CHECK(at(link.take(), "/error/data/code") == "\"server.gone\"");
  }
  CHECK(world.gate->open_requests(session) == 0);
}

TEST_CASE("a server that is ended for its slow start does not become ready after all") {
  World world({"fs"});
  FakeLink link;
  world.connect(link);
  world.gate->child_up(world.now, 0, 1);
  world.pass(180s);
  world.child_says(
      0,
      R"({"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{}}})");
  CHECK(world.gate->servers()[0].state == ServerStatus::State::Starting);
}

TEST_CASE("a server that says list_changed during every fetch is listed all the same") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"a"});
  world.say(session, kList);
  link.got.clear();
  const std::string changed = R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})";
  world.child_says(0, changed);
  for (int i = 0; i < 4; ++i) {
    world.child_says(0, changed);
    world.answer(0, "tools/list", R"({"tools":[{"name":"b","inputSchema":{}}]})");
  }
  CHECK(world.children.take(0).empty());
  world.say(session, kList);
  link.take();
  CHECK(at(link.take(), "/result/tools/0/name") == "\"fs__b\"");
}

TEST_CASE("an overlong name or id is refused: at the limit yes, one over no") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"read"});
  world.say(session, call_line("1", std::string(8190, 'n')));
  CHECK(at(link.take(), "/error/data/code") == "\"call.unknown\"");
  world.say(session, call_line("1", std::string(8191, 'n')));
  CHECK(at(link.take(), "/error/data/code") == "\"call.params\"");
  const std::string id = "\"" + std::string(1022, 'i') + "\"";
  world.say(session, R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":"ping"})");
  CHECK(at(link.take(), "/id") == id);
  world.say(session, R"({"jsonrpc":"2.0","id":"i)" + id.substr(1) + R"(,"method":"ping"})");
  CHECK(at(link.take(), "/error/data/code") == "\"rpc.id\"");
}
