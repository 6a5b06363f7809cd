// Lists that outlive a run.
#include <functional>

#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

const std::string kChanged = R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})";

ServerConfig fs(const std::function<void(ServerConfig&)>& change = {}) {
  ServerConfig server;
  server.name = "fs";
  server.command = "mcp-server-time";  // known to keep no state, so that sessions share it
  if (change) change(server);
  return server;
}

struct Run : World {
  FakeLink link;
  SessionNumber session = 0;
  explicit Run(FakeListStore& lists, ServerConfig server = fs())
      : World({}, {}, {}, {std::move(server)}, &lists) {
    session = connect(link);
  }
};

// What a run keeps whose server "fs" has these tools.
FakeListStore kept_of(const std::vector<std::string>& tools) {
  FakeListStore lists;
  Run run(lists);
  run.bring_up(0, tools);
  return lists;
}

}  // namespace

TEST_CASE("lists of an earlier run are served before any child is up, calls wait for it") {
  FakeListStore lists = kept_of({"read"});
  CHECK(lists.saves == 1);
  Run run(lists);
  run.say(run.session, kList);
  CHECK(at(run.link.take(), "/result/tools/0/name") == "\"fs__read\"");
  CHECK(run.children.starts[0] == 1);
  run.say(run.session, call_line("2", "fs__read"));
  run.pass(20s);
  CHECK(run.link.take() == "");
  run.bring_up(0, {"read"});
  CHECK(at(run.children.take(0), "/params/name") == "\"read\"");
  CHECK(run.link.take() == "");
  CHECK(lists.saves == 1);
}

TEST_CASE("lists that turn out to be different are told of once, and kept") {
  FakeListStore lists = kept_of({"read"});
  {
    Run run(lists);
    run.say(run.session, kList);
    run.link.take();
    run.bring_up(0, {"read", "write"});
    CHECK(run.link.take() == kChanged);
    CHECK(run.link.take() == "");
    run.say(run.session, kList);
    CHECK(at(run.link.take(), "/result/tools/1/name") == "\"fs__write\"");
  }
  CHECK(lists.saves == 2);
  Run next(lists);
  next.say(next.session, kList);
  CHECK(at(next.link.take(), "/result/tools/1/name") == "\"fs__write\"");
}

TEST_CASE("no client of the handshake era gets an output schema that it could not compile") {
  for (const std::string capabilities : {R"({"tools":{}})", R"({"tools":{},"tasks":{}})"})
    for (const std::string revision : {"2024-11-05", "2025-06-18", "2025-11-25"}) {
      CAPTURE(capabilities);
      CAPTURE(revision);
      World world({"s"});
      FakeLink link;
      const auto session = world.connect(link, "{}", revision);
      world.gate->child_up(world.now, 0, 100);
      world.answer(0, "initialize",
                   R"({"protocolVersion":"2025-11-25","capabilities":)" + capabilities +
                       R"(,"serverInfo":{"name":"s","version":"1"}})");
      world.children.take(0);
      world.answer(
          0, "tools/list",
          R"({"tools":[{"name":"odd","inputSchema":{"type":"object"},"outputSchema":{"type":"object","required":[5]}}]})");
      link.got.clear();
      world.say(session, kList);
      const std::string list = link.take();
      CHECK(at(list, "/result/tools/0/name") == "\"s__odd\"");
      CHECK(at(list, "/result/tools/0/outputSchema") == "absent");
    }
}

TEST_CASE("a server that has no tools any more loses those of its earlier run") {
  FakeListStore lists = kept_of({"read"});
  Run run(lists);
  run.say(run.session, kList);
  run.link.take();
  run.bring_up(0, {}, "{}");
  CHECK(run.link.take() == kChanged);
  run.say(run.session, kList);
  CHECK(at(run.link.take(), "/result/tools") == "[]");
}

TEST_CASE("a name that the kept lists lack waits for the server to say") {
  FakeListStore lists = kept_of({"read"});
  Run run(lists);
  run.say(run.session, call_line("2", "fs__new"));
  CHECK(run.link.take() == "");
  run.bring_up(0, {"read", "new"});
  CHECK(at(run.children.take(0), "/params/name") == "\"new\"");
}

TEST_CASE("what callgate did not write is ignored and replaced") {
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
    run.say(run.session, kList);
    CHECK(run.link.take() == "");
    run.bring_up(0, {"read"});
    CHECK(at(run.link.take(), "/result/tools/0/name") == "\"fs__read\"");
    CHECK(lists.kept[0] == good);
  }
}

TEST_CASE("the configuration of today says what is shown of kept lists") {
  FakeListStore lists = kept_of({"read", "move"});
  Run bare(lists, fs([](ServerConfig& server) {
             server.prefix = Prefix::Never;
             server.hide = {"mo*"};
           }));
  bare.say(bare.session, kList);
  const std::string list = bare.link.take();
  CHECK(at(list, "/result/tools/0/name") == "\"read\"");
  CHECK(at(list, "/result/tools/1") == "absent");
}

TEST_CASE("the era that a server turned out to speak is what its next start begins with") {
  FakeListStore lists;
  {
    Run run(lists);
    run.gate->child_up(run.now, 0, 100);
    const std::string hello = run.children.take(0);
    CHECK(at(hello, "/method") == "\"initialize\"");
    run.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(hello, "/id") +
                          R"(,"error":{"code":-32601,"message":"unknown"}})");
    run.answer(0, "server/discover",
               R"({"supportedVersions":["2026-07-28"],"capabilities":{},"instructions":"hi"})");
    run.pass(1s);
  }
  Run next(lists);
  next.gate->child_up(next.now, 0, 100);
  CHECK(at(next.children.take(0), "/method") == "\"server/discover\"");
}

TEST_CASE("a server that was seen asking has a child for each session from its next start") {
  FakeListStore lists;
  {
    Run run(lists);
    run.bring_up(0, {"read"});
    FakeLink other;
    run.connect(other);
    CHECK(run.children.starts.size() == 1);
    run.child_says(0, R"({"jsonrpc":"2.0","id":"q","method":"roots/list"})");
  }
  CHECK(lists.saves == 2);
  Run next(lists);
  FakeLink other;
  next.connect(other);
  CHECK(next.children.starts.size() == 2);
}

TEST_CASE("one list beside others that changes is kept with them") {
  FakeListStore lists;
  Run run(lists);
  run.bring_up(0, {"read"});
  run.child_says(0, kChanged);
  run.answer(0, "tools/list", R"({"tools":[{"name":"b","inputSchema":{}}]})");
  CHECK(lists.saves == 2);
  const std::string kept = lists.kept[0].substr(lists.kept[0].find('\n') + 1);
  CHECK(at(kept, "/tools") == R"([{"name":"b","inputSchema":{}}])");
  CHECK(at(kept, "/prompts") == "[]");
}

TEST_CASE("lists of more than 16 MiB together are not kept, what is known besides is") {
  const auto kept_with = [](size_t description) {
    FakeListStore lists;
    Run run(lists);
    run.gate->child_up(run.now, 0, 100);
    run.answer(0, "initialize", R"({"protocolVersion":"2025-06-18","capabilities":{"tools":{}}})");
    run.children.take(0);
    for (const std::string name : {"one", "two"}) {
      run.answer(0, "tools/list",
                 R"({"tools":[{"name":")" + name + R"(","inputSchema":{},"description":")" +
                     std::string(description, 'x') + R"("}])" +
                     (name == "one" ? R"(,"nextCursor":"2"})" : "}"));
    }
    const std::string kept = lists.kept[0];
    return kept.size() < description ? kept : std::string("all");
  };
  CHECK(kept_with(size_t{7} << 20) == "all");
  const std::string head = kept_with(size_t{8} << 20);
  CHECK(at(head.substr(0, head.find('\n')), "/era") == "\"legacy\"");
  CHECK(head.substr(head.find('\n') + 1) == "{}");
}

TEST_CASE("clients get the instructions of the servers that they see, as far as known") {
  FakeListStore lists;
  const std::string hello =
      R"({"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"s",)"
      R"("version":"1"},"instructions":"Be kind."})";
  {
    World world({"fs", "none"}, {}, {}, {}, &lists);
    FakeLink link;
    world.connect(link);
    world.gate->child_up(world.now, 0, 100);
    world.answer(0, "initialize", hello);
    world.pass(1s);
  }
  World world({"fs", "none"}, {}, {}, {}, &lists);
  FakeLink link;
  const auto session = world.gate->open_session(world.now, link, {});
  world.say(session, R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{)"
                     R"("protocolVersion":"2025-06-18","capabilities":{}}})");
  CHECK(at(link.take(), "/result/instructions") == R"("# fs\n\nBe kind.")");
  world.say(session, R"({"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{)"
                     R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                     R"("io.modelcontextprotocol/clientCapabilities":{}}}})");
  CHECK(at(link.take(), "/result/instructions") == R"("# fs\n\nBe kind.")");
}

namespace {

/// Takes the child's next line, which asks for a list, and answers it.
void answer_list(World& world, const std::string& rest) {
  const std::string asked = world.children.take(0);
  CHECK(at(asked, "/method") == "\"tools/list\"");
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(asked, "/id") + "," + rest + "}");
}

const std::string kBroken = R"("error":{"code":-32603,"message":"the database is away"})";

}  // namespace

TEST_CASE("a list that fails keeps what was known, is told, and is asked for again") {
  for (const std::string& failure :
       {kBroken, std::string(R"("result":{})"), std::string(R"("result":{"tools":{}})")}) {
    CAPTURE(failure);
    FakeListStore lists;
    Run run(lists);
    run.bring_up(0, {"read"});
    run.child_says(0, kChanged);
    answer_list(run, failure);
    run.say(run.session, kList);
    CHECK(at(run.link.take(), "/result/tools/0/name") == "\"fs__read\"");
    CHECK(run.gate->servers()[0].list_why != "");
    CHECK(std::string(state_word(run.gate->servers()[0])) == "list failed");
    run.pass(3s);
    answer_list(run, R"("result":{"tools":[{"name":"write","inputSchema":{"type":"object"}}]})");
    CHECK(run.gate->servers()[0].list_why == "");
    run.say(run.session, kList);
    std::string last;
    while (!run.link.got.empty()) last = run.link.take();
    CHECK(at(last, "/result/tools/0/name") == "\"fs__write\"");
    run.pass(300s);
    CHECK(run.children.take(0) == "");
  }
}

TEST_CASE("a first list that fails is not taken for an empty one, nor kept as one") {
  FakeListStore lists;
  Run run(lists);
  run.gate->child_up(run.now, 0, 1);
  run.answer(0, "initialize",
             R"({"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{}})");
  run.children.take(0);
  answer_list(run, kBroken);
  CHECK(run.gate->servers()[0].state == ServerStatus::State::Ready);
  CHECK(run.gate->servers()[0].list_why.find("the database is away") != std::string::npos);
  CHECK(lists.saves == 0);
  // A client that lists has it asked for again before its time.
  run.pass(1s);
  run.say(run.session, kList);
  CHECK(at(run.link.take(), "/result/tools") == "[]");
  answer_list(run, R"("result":{"tools":[{"name":"read","inputSchema":{"type":"object"}}]})");
  CHECK(run.link.take() == kChanged);
  CHECK(lists.saves == 1);
}

TEST_CASE("a list that fails again and again is asked for less and less often") {
  FakeListStore lists;
  Run run(lists);
  run.bring_up(0, {"read"});
  run.child_says(0, kChanged);
  answer_list(run, kBroken);
  int asked = 0;
  for (int second = 0; second < 600; ++second) {
    run.pass(1s);
    if (run.children.got[0].empty()) continue;
    ++asked;
    answer_list(run, kBroken);
  }
  CHECK(asked >= 10);
  CHECK(asked <= 20);
}

TEST_CASE("a malformed item hides or mends itself alone, and says why") {
  FakeListStore lists;
  Run run(lists);
  run.gate->child_up(run.now, 0, 1);
  run.answer(0, "initialize",
             R"({"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{}})");
  run.children.take(0);
  answer_list(run, R"("result":{"tools":[{"name":"bad","inputSchema":null},)"
                   R"({"name":"odd","title":null,"inputSchema":{"type":"object"}},)"
                   R"({"name":"good","inputSchema":{"type":"object"}}]})");
  run.say(run.session, kList);
  CHECK(at(run.link.take(), "/result/tools") ==
        R"([{"name":"fs__odd","inputSchema":{"type":"object"}},)"
        R"({"name":"fs__good","inputSchema":{"type":"object"}}])");
  const std::vector<ItemReport> faults = run.gate->item_faults();
  REQUIRE(faults.size() == 2);
  CHECK(faults[0].name == "bad");
  CHECK(faults[0].hidden == "its inputSchema is null");
  CHECK(faults[1].hidden == "");
  CHECK(faults[1].changes.at(0) == "title is null and is left out");
}
