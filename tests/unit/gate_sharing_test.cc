#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

ServerConfig server_with(Share share, const std::string& command = "none") {
  ServerConfig server;
  server.name = "a";
  server.command = command;
  server.share = share;
  return server;
}

/// Opens a session of a token, a profile and a folder.
SessionNumber open(World& world, FakeLink& link, ClientFacts facts,
                   const std::string& capabilities = "{}") {
  const SessionNumber session = world.gate->open_session(world.now, link, std::move(facts));
  world.say(session, R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":)"
                     R"("2025-06-18","capabilities":)" +
                         capabilities + R"(,"clientInfo":{"name":"t","version":"9"}}})");
  link.take();
  world.say(session, R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  return session;
}

ClientFacts facts(const std::string& token, const std::string& cwd = "",
                  const std::string& profile = "") {
  return {.process = {.cwd = cwd}, .peer = "", .profile = profile, .token = token};
}

size_t children_of(World& world, std::vector<ClientFacts> all, FakeLink* links) {
  for (size_t i = 0; i < all.size(); ++i) open(world, links[i], all[i]);
  return world.children.starts.size();
}

}  // namespace

TEST_CASE(
    "a server that may keep state has a child for each session, whatever sessions say alike") {
  World world({}, {}, {}, {server_with(Share::Auto)});
  FakeLink links[3];
  CHECK(children_of(world, {facts("x"), facts("x"), facts("y")}, links) == 3);
}

TEST_CASE("no value of share makes two tokens share a child, nor two profiles if they have one") {
  for (const Share share : {Share::Auto, Share::All, Share::One, Share::Root}) {
    World world({}, {}, {}, {server_with(share, "mcp-server-time")});
    FakeLink links[3];
    CHECK(children_of(world, {facts("x", "/p"), facts("x", "/p"), facts("y", "/p")}, links) == 2);
  }
}

TEST_CASE("share says what sessions of one token must have in common") {
  struct Case {
    Share share;
    const char* command;
    size_t same, other_folder, other_capabilities;
  };
  for (const Case& each :
       {Case{Share::Auto, "none", 2, 2, 2}, Case{Share::Auto, "/usr/bin/mcp-server-fetch", 1, 1, 2},
        Case{Share::All, "none", 1, 1, 2}, Case{Share::One, "none", 1, 1, 1},
        Case{Share::Root, "none", 1, 2, 2}, Case{Share::Session, "mcp-server-time", 2, 2, 2}}) {
    const auto count = [&](const std::string& cwd, const std::string& capabilities) {
      World world({}, {}, {}, {server_with(each.share, each.command)});
      FakeLink links[2];
      open(world, links[0], facts("x", "/p"));
      open(world, links[1], facts("x", cwd), capabilities);
      return world.children.starts.size();
    };
    CHECK(count("/p", "{}") == each.same);
    CHECK(count("/q", "{}") == each.other_folder);
    CHECK(count("/p", R"({"roots":{}})") == each.other_capabilities);
  }
}

TEST_CASE("with share root a session whose folder is unknown has a child of its own") {
  World world({}, {}, {}, {server_with(Share::Root)});
  FakeLink links[2];
  CHECK(children_of(world, {facts("x"), facts("x")}, links) == 2);
}

TEST_CASE("with share one a child is told what all of its sessions can do, and asks each no more") {
  World world({}, {}, {}, {server_with(Share::One)});
  FakeLink one, two;
  open(world, one, facts("x"), R"({"roots":{},"sampling":{},"elicitation":{"form":{},"url":{}}})");
  open(world, two, facts("x"), R"({"sampling":{},"elicitation":{"url":{}}})");
  REQUIRE(world.children.starts.size() == 1);
  world.gate->child_up(world.now, 0, 100);
  CHECK(at(world.children.take(0), "/params/capabilities") ==
        R"({"sampling":{},"elicitation":{"url":{}}})");
}

TEST_CASE(
    "a shared child ends ten minutes after its last session, and the next session starts it") {
  World world({"a"});
  FakeLink one, two;
  const auto session = world.connect(one);
  world.bring_up(0, {"x"});
  world.gate->client_gone(world.now, session, "gone");
  world.pass(599s);
  CHECK(world.children.stops[0] == 0);
  world.pass(2s);
  CHECK(world.children.stops[0] == 1);
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 0"});
  CHECK(world.gate->tools("").size() == 1);
  world.connect(two);
  CHECK(world.children.starts[0] == 2);
}

TEST_CASE("a child that a session holds open is ended only if idle_stop is written") {
  for (const bool written : {false, true}) {
    ServerConfig server = server_with(Share::Auto);
    if (written) server.idle_stop = 60s;
    World world({}, {}, {}, {server});
    FakeLink link;
    const auto session = world.connect(link);
    world.bring_up(0, {"x"});
    world.pass(50s);
    world.say(session, call_line("1", "a__x"));  // is under way for longer than idle_stop
    world.pass(100s);
    CHECK(world.children.stops[0] == 0);
    world.answer(0, "tools/call", R"({"content":[]})");
    world.pass(59s);
    CHECK(world.children.stops[0] == 0);
    world.pass(700s);
    CHECK(world.children.stops[0] == (written ? 1 : 0));
    if (!written) continue;
    world.gate->child_gone(world.now, 0, {.reason = "exited with status 0"});
    CHECK(world.children.starts[0] == 1);
    link.got.clear();
    world.say(session, call_line("2", "a__x"));
    CHECK(world.children.starts[0] == 2);
    world.bring_up(0, {"x"});
    world.answer(0, "tools/call", R"({"content":[]})");
    CHECK(at(link.got.back(), "/id") == "2");
  }
}

TEST_CASE("which ways to start a server are known to keep no state") {
  const auto children = [](const std::string& command, std::vector<std::string> args) {
    ServerConfig server = server_with(Share::Auto, command);
    server.args = std::move(args);
    World world({}, {}, {}, {server});
    FakeLink links[2];
    return children_of(world, {facts("x"), facts("x")}, links);
  };
  CHECK(children("uvx", {"mcp-server-time"}) == 1);
  CHECK(children("/opt/uvx", {"mcp-server-fetch==2025.4.7", "--ignore-robots-txt"}) == 1);
  CHECK(children("python3.12", {"-m", "mcp_server_time"}) == 1);
  CHECK(children("pipx", {"run", "mcp-server-fetch"}) == 1);
  CHECK(children("uvx", {"--from", "evil", "mcp-server-time"}) == 2);
  CHECK(children("uvx", {"mcp-server-times"}) == 2);
  CHECK(children("python3", {"server.py", "mcp_server_time"}) == 2);
  CHECK(children("sh", {"-c", "mcp-server-time"}) == 2);
}

TEST_CASE("a legacy child of a modern client is told what that client's first request declared") {
  for (const std::string capabilities : {R"({})", R"({"roots":{}})", R"({"elicitation":{}})"}) {
    World world({"a"});
    FakeLink link;
    const auto session = world.gate->open_session(world.now, link, {});
    world.say(session, R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{)"
                       R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                       R"("io.modelcontextprotocol/clientCapabilities":)" +
                           capabilities + "}}}");
    world.gate->child_up(world.now, 0, 100);
    CHECK(at(world.children.take(0), "/params/capabilities") == capabilities);
  }
}
