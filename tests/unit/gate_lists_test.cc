// Lists that are kept for the next run.
#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

// This command is known to keep no state, so sessions share its child.
const ServerConfig kServer{.name = "fs", .command = "mcp-server-time"};

struct Run : OneClient {
  explicit Run(FakeListStore& lists, ServerConfig server = kServer)
      : OneClient({}, {.servers = {std::move(server)}, .lists = &lists}) {
    hello();
  }
};

/// Returns what a run keeps if the server has these tools.
FakeListStore kept_of(const std::vector<std::string>& tools) {
  FakeListStore lists;
  Run run(lists);
  run.bring_up(0, tools);
  return lists;
}

}  // namespace

TEST_CASE(
    "the lists of an earlier run are served before any child is up, and calls wait for the child") {
  FakeListStore lists = kept_of({"read"});
  CHECK(lists.saves == 1);
  Run run(lists);
  run.client_sends(kList);
  CHECK(at(run.client_gets(), "/result/tools/0/name") == "\"fs__read\"");
  CHECK(run.children.starts[0] == 1);
  run.client_sends(call_line("2", "fs__read"));
  run.pass(20s);
  CHECK(run.client_gets() == "");
  run.bring_up(0, {"read"});
  CHECK(at(run.child_gets(), "/params/name") == "\"read\"");
  CHECK(run.client_gets() == "");
  CHECK(lists.saves == 1);
}

TEST_CASE(
    "clients are notified once when lists differ from the earlier run's, and the new lists are "
    "kept") {
  FakeListStore lists = kept_of({"read"});
  {
    Run run(lists);
    run.client_sends(kList);
    run.client_gets();
    run.bring_up(0, {"read", "write"});
    CHECK(run.client_gets() == kToolsChanged);
    CHECK(run.client_gets() == "");
    run.client_sends(kList);
    CHECK(at(run.client_gets(), "/result/tools/1/name") == "\"fs__write\"");
  }
  CHECK(lists.saves == 2);
  Run next(lists);
  next.client_sends(kList);
  CHECK(at(next.client_gets(), "/result/tools/1/name") == "\"fs__write\"");
}

TEST_CASE("no legacy client gets an output schema that it could not compile") {
  for (const std::string capabilities : {R"({"tools":{}})", R"({"tools":{},"tasks":{}})"})
    for (const std::string revision : {"2024-11-05", "2025-06-18", "2025-11-25"}) {
      CAPTURE(capabilities);
      CAPTURE(revision);
      OneClient world({"s"});
      world.hello("{}", revision);
      world.gate->child_up(world.now, 0, 100);
      world.answer(0, "initialize", greeting(capabilities, "2025-11-25"));
      world.child_gets();
      world.answer(0, "tools/list",
                   R"({"tools":[{"name":"odd","inputSchema":{"type":"object"},)"
                   R"("outputSchema":{"type":"object","required":[5]}}]})");
      world.link.got.clear();
      world.client_sends(kList);
      const std::string list = world.client_gets();
      CHECK(at(list, "/result/tools/0/name") == "\"s__odd\"");
      CHECK(at(list, "/result/tools/0/outputSchema") == "absent");
    }
}

TEST_CASE("the tools of an earlier run disappear when their server has no tools any more") {
  FakeListStore lists = kept_of({"read"});
  Run run(lists);
  run.client_sends(kList);
  run.client_gets();
  run.bring_up(0, {}, "{}");
  CHECK(run.client_gets() == kToolsChanged);
  run.client_sends(kList);
  CHECK(at(run.client_gets(), "/result/tools") == "[]");
}

TEST_CASE(
    "a list waits for no remote server that was missing in the earlier run, if it has other "
    "lists") {
  ServerConfig remote{.name = "web"};
  remote.remote = RemoteConfig{.url = "https://h/mcp"};
  FakeListStore lists;
  const auto run = [&](auto check) {
    OneClient world({}, {.servers = {kServer, remote}, .lists = &lists});
    world.hello();
    world.client_sends(kList);
    check(world);
  };
  const auto first_tool = [](OneClient& world) {
    return at(world.client_gets(), "/result/tools/0/name");
  };
  run([&](OneClient& world) {
    CHECK(world.client_gets() == "");
    world.gate->child_gone(world.now, 1, {.reason = "could not be reached"});
    CHECK(world.client_gets() == "");
    world.bring_up(0, {"read"});
    CHECK(first_tool(world) == "\"fs__read\"");
  });
  CHECK(lists.saves == 2);
  run([&](OneClient& world) {
    CHECK(first_tool(world) == "\"fs__read\"");
    world.gate->child_gone(world.now, 1, {.reason = "could not be reached"});
  });
  CHECK(lists.saves == 2);  // nothing new

  // Without another list, the client would get an empty one.
  const std::string fs = std::exchange(lists.kept[0], "");
  run([&](OneClient& world) {
    CHECK(world.client_gets() == "");
    world.bring_up(1, {"fetch"});
    world.pass(1s);
    CHECK(first_tool(world) == "\"web__fetch\"");
  });
  // Now its lists are known, and a failure does not change that.
  lists.kept[0] = fs;
  const int saves = lists.saves;
  run([&](OneClient& world) {
    CHECK(first_tool(world) == "\"fs__read\"");
    world.gate->child_gone(world.now, 1, {.reason = "could not be reached"});
    world.client_sends(kList);
    CHECK(at(world.client_gets(), "/result/tools/1/name") == "\"web__fetch\"");
  });
  CHECK(lists.saves == saves);
}

TEST_CASE("a call of a tool that is not in the kept lists waits for the server's list") {
  FakeListStore lists = kept_of({"read"});
  Run run(lists);
  run.client_sends(call_line("2", "fs__new"));
  CHECK(run.client_gets() == "");
  run.bring_up(0, {"read", "new"});
  CHECK(at(run.child_gets(), "/params/name") == "\"new\"");
}

TEST_CASE("kept lists that callgate did not write are ignored and replaced") {
  const std::string good = kept_of({"read"}).kept[0];
  const auto replaced = [&good](const std::string& what, const std::string& by) {
    std::string text = good;
    return text.replace(text.find(what), what.size(), by);
  };
  for (const std::string& rubbish :
       {std::string("rubbish"), std::string("[1]"), std::string("{}"), good.substr(0, 40),
        good.substr(0, good.size() - 1), good.substr(0, good.find('\n')),
        replaced("\"callgate_lists\":1", "\"callgate_lists\":2"),
        replaced("\"server\":\"fs\"", "\"server\":\"other\""),
        replaced("\"tools\":[", "\"tools\":5,\"nothing\":[")}) {
    CAPTURE(rubbish);
    FakeListStore lists;
    lists.kept[0] = rubbish;
    Run run(lists);
    run.client_sends(kList);
    CHECK(run.client_gets() == "");
    run.bring_up(0, {"read"});
    CHECK(at(run.client_gets(), "/result/tools/0/name") == "\"fs__read\"");
    CHECK(lists.kept[0] == good);
  }
}

TEST_CASE("kept lists are shown with the current prefix and hidden tools") {
  FakeListStore lists = kept_of({"read", "move"});
  ServerConfig bare_names = kServer;
  bare_names.prefix = Prefix::Never;
  bare_names.hide = {"mo*"};
  Run bare(lists, bare_names);
  bare.client_sends(kList);
  const std::string list = bare.client_gets();
  CHECK(at(list, "/result/tools/0/name") == "\"read\"");
  CHECK(at(list, "/result/tools/1") == "absent");
}

TEST_CASE("a server's next start begins with the era that it used before") {
  FakeListStore lists;
  {
    Run run(lists);
    run.gate->child_up(run.now, 0, 100);
    const std::string hello = run.child_gets();
    CHECK(at(hello, "/method") == "\"initialize\"");
    run.child_sends(error_to(hello, R"({"code":-32601,"message":"unknown"})"));
    run.answer(0, "server/discover", discovery("{}", R"(,"instructions":"hi")"));
    run.pass(1s);
  }
  Run next(lists);
  next.gate->child_up(next.now, 0, 100);
  CHECK(at(next.child_gets(), "/method") == "\"server/discover\"");
}

TEST_CASE("a server that has asked a question has a child for each session in the next run") {
  FakeListStore lists;
  {
    Run run(lists);
    run.bring_up(0, {"read"});
    FakeLink other;
    run.connect(other);
    CHECK(run.children.starts.size() == 1);
    run.child_sends(request("roots/list"));
  }
  CHECK(lists.saves == 2);
  Run next(lists);
  FakeLink other;
  next.connect(other);
  CHECK(next.children.starts.size() == 2);
}

TEST_CASE("when one list changes, it is kept together with the others") {
  FakeListStore lists;
  Run run(lists);
  run.bring_up(0, {"read"});
  run.child_sends(kToolsChanged);
  run.answer(0, "tools/list", R"({"tools":[{"name":"b","inputSchema":{}}]})");
  CHECK(lists.saves == 2);
  const std::string kept = lists.kept[0].substr(lists.kept[0].find('\n') + 1);
  CHECK(at(kept, "/tools") == R"([{"name":"b","inputSchema":{}}])");
  CHECK(at(kept, "/prompts") == "[]");
}

TEST_CASE("lists of more than 16 MiB are not kept, but the server's era is") {
  const auto kept_with = [](size_t description) {
    FakeListStore lists;
    Run run(lists);
    run.greet(0);
    const std::string more =
        R"(,"inputSchema":{},"description":)" + quoted(std::string(description, 'x'));
    std::string first = list_of("tools", "name", {"one"}, more);
    first.insert(first.size() - 1, R"(,"nextCursor":"2")");
    run.answer(0, "tools/list", first);
    run.answer(0, "tools/list", list_of("tools", "name", {"two"}, more));
    const std::string kept = lists.kept[0];
    return kept.size() < description ? kept : std::string("all");
  };
  CHECK(kept_with(size_t{7} << 20) == "all");
  const std::string head = kept_with(size_t{8} << 20);
  CHECK(at(head.substr(0, head.find('\n')), "/era") == "\"legacy\"");
  CHECK(head.substr(head.find('\n') + 1) == "{}");
}

TEST_CASE("clients get the known instructions of the servers that they can use") {
  FakeListStore lists;
  {
    OneClient world({"fs", "none"}, {.lists = &lists});
    world.hello();
    world.gate->child_up(world.now, 0, 100);
    std::string hello = greeting("{}");
    hello.insert(hello.size() - 1, R"(,"instructions":"Be kind.")");
    world.answer(0, "initialize", hello);
    world.pass(1s);
  }
  OneClient world({"fs", "none"}, {.lists = &lists});
  world.open();
  world.client_sends(initialize());
  CHECK(at(world.client_gets(), "/result/instructions") == R"("# fs\n\nBe kind.")");
  world.client_sends(modern_request("server/discover"));
  CHECK(at(world.client_gets(), "/result/instructions") == R"("# fs\n\nBe kind.")");
}

namespace {

/// Takes the next line that the child got, which asks for a list, and answers with an error.
void fail_list(World& world) {
  const std::string asked = world.child_gets();
  CHECK(at(asked, "/method") == "\"tools/list\"");
  world.child_sends(error_to(asked, R"({"code":-32603,"message":"the database is away"})"));
}

}  // namespace

TEST_CASE(
    "when a list request fails, the old list stays, the status has the reason, and the gate asks "
    "again") {
  for (const std::string result : {"", "{}", R"({"tools":{}})"}) {
    CAPTURE(result);
    FakeListStore lists;
    Run run(lists);
    run.bring_up(0, {"read"});
    run.child_sends(kToolsChanged);
    if (result.empty()) {
      fail_list(run);
    } else {
      run.answer(0, "tools/list", result);
    }
    run.client_sends(kList);
    CHECK(at(run.client_gets(), "/result/tools/0/name") == "\"fs__read\"");
    CHECK(run.gate->servers()[0].list_why != "");
    CHECK(std::string(state_word(run.gate->servers()[0])) == "list failed");
    run.pass(3s);
    run.answer(0, "tools/list", tool_list({"write"}));
    CHECK(run.gate->servers()[0].list_why == "");
    run.client_sends(kList);
    std::string last;
    while (!run.link.got.empty()) last = run.client_gets();
    CHECK(at(last, "/result/tools/0/name") == "\"fs__write\"");
    run.pass(300s);
    CHECK(run.child_gets() == "");
  }
}

TEST_CASE("a first list request that fails does not count as an empty list and is not kept") {
  FakeListStore lists;
  Run run(lists);
  run.greet(0);
  fail_list(run);
  CHECK(run.gate->servers()[0].state == ServerStatus::State::Ready);
  CHECK(run.gate->servers()[0].list_why.find("the database is away") != std::string::npos);
  CHECK(lists.saves == 0);
  // The gate asks again earlier if a client lists tools.
  run.pass(1s);
  run.client_sends(kList);
  CHECK(at(run.client_gets(), "/result/tools") == "[]");
  run.answer(0, "tools/list", tool_list({"read"}));
  CHECK(run.client_gets() == kToolsChanged);
  CHECK(lists.saves == 1);
}

TEST_CASE("the gate asks less and less often for a list that keeps failing") {
  FakeListStore lists;
  Run run(lists);
  run.bring_up(0, {"read"});
  run.child_sends(kToolsChanged);
  fail_list(run);
  int asked = 0;
  for (int second = 0; second < 600; ++second) {
    run.pass(1s);
    if (run.children.got[0].empty()) continue;
    ++asked;
    fail_list(run);
  }
  CHECK(asked >= 10);
  CHECK(asked <= 20);
}

TEST_CASE("a malformed item of a list is hidden or mended with a reason, and the others stay") {
  FakeListStore lists;
  Run run(lists);
  run.greet(0);
  run.answer(0, "tools/list",
             R"({"tools":[{"name":"bad","inputSchema":null},)"
             R"({"name":"odd","title":null,"inputSchema":{"type":"object"}},)"
             R"({"name":"good","inputSchema":{"type":"object"}}]})");
  run.client_sends(kList);
  CHECK(at(run.client_gets(), "/result/tools") ==
        R"([{"name":"fs__odd","inputSchema":{"type":"object"}},)"
        R"({"name":"fs__good","inputSchema":{"type":"object"}}])");
  const std::vector<ItemReport> faults = run.gate->item_faults();
  REQUIRE(faults.size() == 2);
  CHECK(faults[0].name == "bad");
  CHECK(faults[0].hidden == "its inputSchema is null");
  CHECK(faults[1].hidden == "");
  CHECK(faults[1].changes.at(0) == "title is null and is left out");
}
