#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

TEST_CASE("server/discover and initialize are answered before any child is started") {
  OneClient world({"fs"});
  world.open();
  world.client_sends(request("server/discover", R"({"_meta":{}})", "\"p\""));
  CHECK(at(world.client_gets(), "/error/code") == "-32602");
  world.client_sends(request("server/discover",
                             R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                             R"("io.modelcontextprotocol/clientCapabilities":{}}})",
                             "\"q\""));
  CHECK(at(world.client_gets(), "/result/supportedVersions/0") == "\"2026-07-28\"");
  world.client_sends(initialize("test", "{}", "2025-11-25"));
  CHECK(at(world.client_gets(), "/result/protocolVersion") == "\"2025-11-25\"");
  CHECK(world.children.starts.empty());
  world.client_sends(notification("notifications/initialized"));
  CHECK(world.children.starts[0] == 1);
}

TEST_CASE(
    "initialize is answered with the requested revision, or with our latest if we do not support "
    "it") {
  for (const auto& [asked, got] : {std::pair{"2024-11-05", "\"2024-11-05\""},
                                   {"2024-10-07", "\"2024-10-07\""},
                                   {"2026-07-28", "\"2025-11-25\""},
                                   {"1.0", "\"2025-11-25\""}}) {
    OneClient world({"fs"});
    world.open();
    world.client_sends(initialize("test", "{}", asked));
    CHECK(at(world.client_gets(), "/result/protocolVersion") == got);
  }
}

TEST_CASE("a second initialize does not reach a running child") {
  OneServer world;
  world.client_sends(initialize());
  CHECK(at(world.client_gets(), "/id") == "0");
  world.client_sends(notification("notifications/initialized"));
  CHECK(world.child_gets().empty());
  CHECK(world.children.starts[0] == 1);
}

TEST_CASE(
    "before initialize only ping and server/discover are answered, and an unexpected answer is "
    "ignored") {
  OneClient world({"fs"});
  world.open();
  world.client_sends(request("ping", "", "1"));
  CHECK(world.client_gets() == R"({"jsonrpc":"2.0","id":1,"result":{}})");
  world.client_sends(call_line("2", "fs__read"));
  CHECK(at(world.client_gets(), "/error/data/code") == "\"protocol.not_initialized\"");
  world.client_sends(result_line("99", "{}"));
  CHECK(world.link.got.empty());
}

TEST_CASE("a batch is split in revision 2025-03-26 and refused in every other one") {
  World world({"fs"});
  FakeLink old, recent;
  const auto a = world.connect(old, "{}", "2025-03-26"), b = world.connect(recent);
  const std::string batch = "[" + request("ping", "", "1") + "," + request("ping", "", "2") + "]";
  world.client_sends(a, batch);
  CHECK(at(old.take(), "/id") == "1");
  CHECK(at(old.take(), "/id") == "2");
  world.client_sends(b, batch);
  CHECK(at(recent.take(), "/error/code") == "-32600");
}

TEST_CASE("a bad line gets an error, with its id if that can be read, and the session goes on") {
  OneClient world({"fs"});
  world.hello();
  world.client_sends(request("ping", R"({"x":"\q"})", "41"));
  std::string error = world.client_gets();
  CHECK(at(error, "/id") == "41");
  CHECK(at(error, "/error/code") == "-32700");
  world.client_sends(request("tools/call", R"({"name":"a","na\u006de":"b"})", "42"));
  error = world.client_gets();
  CHECK(at(error, "/id") == "42");
  CHECK(at(error, "/error/data/code") == "\"wire.duplicate_key\"");
  world.client_sends("hello");
  CHECK(at(world.client_gets(), "/id") == "null");
  world.client_sends(request("ping", "", "null"));
  CHECK(at(world.client_gets(), "/error/code") == "-32600");
  world.client_sends(request("ping", "", "1"));
  CHECK(at(world.client_gets(), "/result") == "{}");
}

TEST_CASE("the first list waits a limited time for slow servers, whose tools are announced later") {
  OneClient world({"fast", "slow"});
  world.hello();
  world.bring_up(0, {"a"});
  world.client_sends(kList);
  CHECK(world.link.got.empty());
  world.pass(10s);
  const std::string list = world.client_gets();
  CHECK(at(list, "/result/tools/0/name") == "\"fast__a\"");
  CHECK(at(list, "/result/tools/1") == "absent");
  world.bring_up(1, {"b"});
  CHECK(at(world.client_gets(), "/method") == "\"notifications/tools/list_changed\"");
  world.client_sends(kList);
  CHECK(at(world.client_gets(), "/result/tools/1/name") == "\"slow__b\"");
}

TEST_CASE("a list does not wait for a server that could not be started") {
  OneClient world({"fs", "gone"});
  world.hello();
  world.bring_up(0, {"a"});
  world.client_sends(kList);
  world.gate->child_gone(
      world.now, 1,
      {.not_started = Error{"child.not_found", "could not be started: no such file", ""}});
  CHECK(at(world.client_gets(), "/result/tools/0/name") == "\"fs__a\"");
  CHECK(world.gate->servers()[1].state == ServerStatus::State::Suspended);
}

TEST_CASE(
    "a child that crashes is restarted after 1 s to 30 s, then suspended, and a request starts it "
    "again") {
  OneClient world({"fs"});
  world.hello();
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
  world.client_sends(kList);
  CHECK(world.children.starts[0] == 11);
}

TEST_CASE("a server that waits for a sign-in is no failure, and is asked again after the sign-in") {
  OneClient world({"fs"});
  world.hello();
  world.gate->child_up(world.now, 0, 0);
  const std::string asked = world.child_gets();
  REQUIRE(at(asked, "/method") == "\"initialize\"");
  world.child_sends(R"({"jsonrpc":"2.0","id":)" + at(asked, "/id") +
                    R"(,"error":{"code":-32013,"message":"server 'fs' needs a sign-in"}})");
  world.gate->child_gone(world.now, 0, {.reason = "was stopped"});
  CHECK(world.gate->servers()[0].state == ServerStatus::State::SignInRequired);
  CHECK(std::string(state_word(world.gate->servers()[0])) == "sign-in required");
  world.client_sends(kList);
  CHECK(at(world.client_gets(), "/result/tools/0") == "absent");
  world.client_sends(
      R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"fs__x","arguments":{}}})");
  CHECK(at(world.client_gets(), "/error/message") ==
        "\"Unknown tool: fs__x; server 'fs' needs a sign-in\"");
  world.pass(20s);
  CHECK(world.children.starts[0] == 1);
    FakeLink second;
  const SessionNumber other = world.gate->open_session(world.now, second, {});
  world.client_sends(other, initialize("other"));
  CHECK(second.take().find("callgate auth login fs") != std::string::npos);
  world.gate->restart_child(world.now, 0);
  CHECK(world.children.starts[0] == 2);
  world.bring_up(0, {"x"});
  CHECK(world.gate->servers()[0].state == ServerStatus::State::Ready);
}

TEST_CASE("a child that was up for a minute is restarted after 1 s again") {
  OneClient world({"fs"});
  world.hello();
  for (int i = 0; i < 3; ++i) {
    world.bring_up(0, {"a"});
    world.pass(61s);
    world.gate->child_gone(world.now, 0, {.reason = "exited with status 1"});
    const int starts = world.children.starts[0];
    world.pass(1s);
    CHECK(world.children.starts[0] == starts + 1);
  }
}

TEST_CASE(
    "a child that is not ready within start_timeout is stopped, and the status gives the reason") {
  OneClient world({"fs"});
  world.hello();
  world.gate->child_up(world.now, 0, 1);
  world.pass(180s);
  CHECK(world.children.stops[0] == 1);
  world.gate->child_gone(world.now, 0, {.reason = "was killed by signal 15"});
  CHECK(world.gate->servers()[0].why.text().find("start_timeout") != std::string::npos);
}

TEST_CASE(
    "two calls that wait for the same server start one child and are forwarded when it is up") {
  OneClient world({"fs"});
  world.hello();
  world.client_sends(call_line("1", "fs__read"));
  world.client_sends(call_line("2", "fs__read"));
  CHECK(world.children.starts[0] == 1);
  world.bring_up(0, {"read"});
  CHECK(at(world.child_gets(), "/method") == "\"tools/call\"");
  CHECK(at(world.child_gets(), "/method") == "\"tools/call\"");
}

TEST_CASE(
    "all pages of a list are fetched, up to the limit, each with the cursor of the page before") {
  OneClient world({"fs"}, {.limits = {.pages = 3}});
  world.hello();
  world.greet(0);
  for (const std::string page : {"a", "b", "c"}) {
    const std::string cursor = at(world.children.got[0].front(), "/params/cursor");
    if (page != "a") CHECK(cursor == (page == "b" ? R"("after\u0061")" : R"("afterb")"));
    const std::string next = page == "a" ? "after\\u0061" : "after" + page;
    std::string list = tool_list({page});
    list.insert(list.size() - 1, R"(,"nextCursor":)" + quoted(next));
    world.answer(0, "tools/list", list);
  }
  world.client_sends(kList);
  CHECK(at(world.client_gets(), "/result/tools/2/name") == "\"fs__c\"");
}

TEST_CASE(
    "list_changed causes one refresh, and one notification to each client that has listed tools") {
  World world({"fs"});
  FakeLink a, b, never_listed;
  const auto first = world.connect(a), second = world.connect(b);
  world.connect(never_listed);
  world.bring_up(0, {"one"});
  world.client_sends(first, kList);
  world.client_sends(second, kList);
  a.got.clear();
  b.got.clear();
  for (int i = 0; i < 3; ++i) world.child_sends(kToolsChanged);
  world.answer(0, "tools/list", tool_list({}));
  CHECK(a.got.empty());
  world.answer(0, "tools/list", R"({"tools":[{"name":"two","inputSchema":{}}]})");
  CHECK(world.child_gets().empty());
  CHECK(a.take() == kToolsChanged);
  CHECK(a.got.empty());
  CHECK(b.got.size() == 1);
  CHECK(never_listed.got.empty());
  world.client_sends(first, kList);
  CHECK(at(a.take(), "/result/tools/0/name") == "\"fs__two\"");
}

TEST_CASE("clients are not notified if a list is the same after list_changed") {
  OneServer world({.tools = {"one"}});
  world.client_sends(kList);
  world.link.got.clear();
  world.child_sends(kToolsChanged);
  world.answer(0, "tools/list", tool_list({"one"}));
  CHECK(world.link.got.empty());
}

TEST_CASE("a client gets one notification for servers that come up one after the other") {
  OneClient world({"a", "b", "c"});
  world.hello();
  world.bring_up(0, {"one"});
  world.client_sends(kList);
  world.now.monotonic += 10s;
  world.gate->tick(world.now);  // the first list no longer waits
  world.link.got.clear();
  world.bring_up(1, {"two"});
  CHECK(world.link.got.empty());
  world.bring_up(2, {"three"});
  REQUIRE(world.link.got.size() == 1);
  CHECK(at(world.client_gets(), "/method") == "\"notifications/tools/list_changed\"");
}

TEST_CASE("tools whose joined names look alike have different names") {
  OneClient world({"a", "a_", "a__b"});
  world.hello();
  world.bring_up(0, {"_b", "b__c", "x.y", "x_y"});
  world.bring_up(1, {"b"});
  world.bring_up(2, {"c"});
  world.client_sends(kList);
  const std::string list = world.client_gets();
  std::vector<std::string> names;
  for (int i = 0; i < 6; ++i) {
    CAPTURE(i);
    names.push_back(at(list, "/result/tools/" + std::to_string(i) + "/name"));
    CHECK(names.back() != "absent");
    for (int j = 0; j < i; ++j) CHECK(names[static_cast<size_t>(j)] != names.back());
  }
}

TEST_CASE("a tool's name has a digest only if another tool would have the same name") {
  OneClient world({"1st", "repo.files", "a__b", "s", "s/2", "s.2"});
  world.hello();
  world.bring_up(0, {"2nd"});
  world.bring_up(1, {"list/all", "x.y", "x_y"});
  world.bring_up(2, {"c"});
  world.bring_up(3, {"-x"});
  world.bring_up(4, {"t"});
  world.bring_up(5, {"t"});
  world.client_sends(kList);
  const std::string list = world.client_gets();
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
  world.client_sends(call_line("1", "repo_files__list_all"));
  CHECK(at(world.child_gets(1), "/params/name") == "\"list/all\"");
}

TEST_CASE(
    "without a prefix, a name begins with a letter or an underscore, and has a digest where it "
    "needs one") {
  std::vector<ServerConfig> servers = {{.name = "one", .prefix = Prefix::Never}, {.name = "two"}};
  SUBCASE("one server has no prefix") {}
  SUBCASE("two servers have no prefix") { servers[1].prefix = Prefix::Never; }
  OneClient world({}, {.servers = servers});
  world.hello();
  world.bring_up(0, {"3d", "-x", "a.b", "two..x", "plain"});
  world.client_sends(kList);
  world.pass(1s);
  const std::string list = world.client_gets();
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

TEST_CASE(
    "a long name is cut to 48 characters that stay unique, and a bad item hides only itself") {
  OneClient world({"server"});
  world.hello();
  const std::string twin_a(60, 'n'), twin_b = std::string(59, 'n') + "m";
  const std::string twins = tool_list({twin_a, twin_b});
  world.greet(0);
  world.answer(0, "tools/list",
               R"({"tools":[{"name":7,"inputSchema":{}},{"name":"no-schema"},)" + twins.substr(10));
  world.client_sends(kList);
  const std::string list = world.client_gets();
  const std::string a = at(list, "/result/tools/0/name"), b = at(list, "/result/tools/1/name");
  CHECK(a.size() == 48 + 2);
  CHECK(a != b);
  CHECK(at(list, "/result/tools/2") == "absent");
  world.client_sends(call_line("3", b.substr(1, b.size() - 2)));
  CHECK(at(world.child_gets(), "/params/name") == "\"" + twin_b + "\"");
}

TEST_CASE(
    "if no server has a prefix, the first one in the configuration keeps a name, whichever is up "
    "first") {
  OneClient world({}, {.servers = {{.name = "one", .prefix = Prefix::Never},
                                   {.name = "two", .prefix = Prefix::Never}}});
  world.hello();
  world.bring_up(1, {"same"});
  world.bring_up(0, {"same"});
  world.client_sends(call_line("1", "same"));
  CHECK(at(world.child_gets(), "/params/name") == "\"same\"");
  CHECK(world.child_gets(1).empty());
}

TEST_CASE(
    "output of a child that is no message is skipped and counted, and later messages are read") {
  OneServer world;
  for (const std::string noise : {"Server started", "\x1b[31mred\x1b[0m", "{",
                                  "  \"jsonrpc\": \"2.0\"", "[1]", "7", "\xff\xfe"})
    world.child_sends(noise);
  CHECK(world.gate->servers()[0].noise == 7);
  world.client_sends(call_line("1", "fs__read"));
  CHECK(at(world.child_gets(), "/method") == "\"tools/call\"");
}

TEST_CASE("an answer that cannot be read after its id fails its call") {
  OneServer world;
  world.client_sends(call_line("1", "fs__read"));
  const std::string id = at(world.child_gets(), "/id");
  world.child_sends(result_line(id, R"({"x":truex})"));
  CHECK(at(world.client_gets(), "/error/data/code") == "\"server.gone\"");
}

TEST_CASE("an answer with a duplicate key inside its result is passed on as it is") {
  OneServer world;
  world.client_sends(call_line("1", "fs__read"));
  const std::string id = at(world.child_gets(), "/id");
  world.child_sends(result_line(id, R"({"a":1,"a":"\ud800"})"));
  CHECK(world.client_gets() == R"({"jsonrpc":"2.0","id":1,"result":{"a":1,"a":"\ud800"}})");
}

TEST_CASE("a server that answers tools/list with an error is ready and has no tools") {
  OneClient world({"pg"});
  world.hello();
  world.greet(0);
  const std::string asked = world.child_gets();
  world.child_sends(error_to(asked, R"({"code":-32601,"message":"no"})"));
  world.client_sends(kList);
  CHECK(at(world.client_gets(), "/result/tools") == "[]");
}

TEST_CASE("an answer whose envelope is malformed fails its call") {
  OneServer world;
  for (const std::string rest :
       {R"(,"result":{"method":"x"},"error":{}})", R"(,"result":{},"result":{}})",
        R"(,"result":{"text":"\"method\"","bad":01}})"}) {
    world.client_sends(call_line("1", "fs__read"));
    const std::string id = at(world.child_gets(), "/id");
    world.child_sends(R"({"jsonrpc":"2.0","id":)" + id + rest);
    CHECK(at(world.client_gets(), "/error/data/code") == "\"server.gone\"");
  }
  CHECK(world.gate->open_requests(world.session) == 0);
}

TEST_CASE("a child that is stopped for its slow start does not become ready later") {
  OneClient world({"fs"});
  world.hello();
  world.gate->child_up(world.now, 0, 1);
  world.pass(180s);
  world.child_sends(result_line("1", greeting("{}")));
  CHECK(world.gate->servers()[0].state == ServerStatus::State::Starting);
}

TEST_CASE("the tools of a server that sends list_changed during every fetch are listed") {
  OneServer world({.tools = {"a"}});
  world.client_sends(kList);
  world.link.got.clear();
  world.child_sends(kToolsChanged);
  for (int i = 0; i < 4; ++i) {
    world.child_sends(kToolsChanged);
    world.answer(0, "tools/list", R"({"tools":[{"name":"b","inputSchema":{}}]})");
  }
  CHECK(world.child_gets().empty());
  world.client_sends(kList);
  world.client_gets();
  CHECK(at(world.client_gets(), "/result/tools/0/name") == "\"fs__b\"");
}

TEST_CASE("a name or an id may be as long as the limit, and not one byte longer") {
  OneServer world;
  world.client_sends(call_line("1", std::string(8190, 'n')));
  CHECK(at(world.client_gets(), "/error/data/code") == "\"call.unknown\"");
  world.client_sends(call_line("1", std::string(8191, 'n')));
  CHECK(at(world.client_gets(), "/error/data/code") == "\"call.params\"");
  const std::string id = "\"" + std::string(1022, 'i') + "\"";
  world.client_sends(request("ping", "", id));
  CHECK(at(world.client_gets(), "/id") == id);
  world.client_sends(request("ping", "", "\"i" + id.substr(1)));
  CHECK(at(world.client_gets(), "/error/data/code") == "\"rpc.id\"");
}
