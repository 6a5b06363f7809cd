// Which sessions share a child, and when an idle child ends.
#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

ServerConfig server_with(Share share, const std::string& command = "none") {
  return {.name = "a", .command = command, .share = share};
}

/// Opens a session with a token, a profile and a folder.
SessionNumber open(World& world, FakeLink& link, ClientFacts facts,
                   const std::string& capabilities = "{}") {
  const SessionNumber session = world.gate->open_session(world.now, link, std::move(facts));
  world.client_sends(session, initialize("t", capabilities));
  link.take();
  world.client_sends(session, notification("notifications/initialized"));
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
    "a server that may keep state has a child for each session, even if the sessions are alike") {
  World world({}, {.servers = {server_with(Share::Auto)}});
  FakeLink links[3];
  CHECK(children_of(world, {facts("x"), facts("x"), facts("y")}, links) == 3);
}

TEST_CASE("sessions with different tokens never share a child, whatever the value of share") {
  for (const Share share : {Share::Auto, Share::All, Share::One, Share::Root}) {
    World world({}, {.servers = {server_with(share, "mcp-server-time")}});
    FakeLink links[3];
    CHECK(children_of(world, {facts("x", "/p"), facts("x", "/p"), facts("y", "/p")}, links) == 2);
  }
}

TEST_CASE("share decides what sessions of one token must have in common to share a child") {
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
      World world({}, {.servers = {server_with(each.share, each.command)}});
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

TEST_CASE("with share root, a session whose folder is unknown has its own child") {
  World world({}, {.servers = {server_with(Share::Root)}});
  FakeLink links[2];
  CHECK(children_of(world, {facts("x"), facts("x")}, links) == 2);
}

TEST_CASE("with share one, a child gets the capabilities that all of its sessions have") {
  World world({}, {.servers = {server_with(Share::One)}});
  FakeLink one, two;
  open(world, one, facts("x"), R"({"roots":{},"sampling":{},"elicitation":{"form":{},"url":{}}})");
  open(world, two, facts("x"), R"({"sampling":{},"elicitation":{"url":{}}})");
  REQUIRE(world.children.starts.size() == 1);
  world.gate->child_up(world.now, 0, 100);
  CHECK(at(world.child_gets(), "/params/capabilities") ==
        R"({"sampling":{},"elicitation":{"url":{}}})");
}

TEST_CASE(
    "a shared child ends ten minutes after its last session, and the next session starts it "
    "again") {
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

TEST_CASE("an idle child of an open session ends only if idle_stop is set") {
  for (const bool written : {false, true}) {
    ServerConfig server = server_with(Share::Auto);
    if (written) server.idle_stop = 60s;
    OneServer world({.config = server, .tools = {"x"}});
    world.pass(50s);
    world.client_sends(call_line("1", "a__x"));  // it runs longer than idle_stop
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
    world.link.got.clear();
    world.client_sends(call_line("2", "a__x"));
    CHECK(world.children.starts[0] == 2);
    world.bring_up(0, {"x"});
    world.answer(0, "tools/call", R"({"content":[]})");
    CHECK(at(world.link.got.back(), "/id") == "2");
  }
}

TEST_CASE("only some commands are known to start servers that keep no state") {
  const auto children = [](const std::string& command, std::vector<std::string> args) {
    ServerConfig server = server_with(Share::Auto, command);
    server.args = std::move(args);
    World world({}, {.servers = {server}});
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

TEST_CASE("a legacy child gets the capabilities of a modern client's first request") {
  for (const std::string capabilities : {R"({})", R"({"roots":{}})", R"({"elicitation":{}})"}) {
    OneClient world({"a"});
    world.open();
    world.client_sends(modern_request("tools/list", "", "1", capabilities));
    world.gate->child_up(world.now, 0, 100);
    CHECK(at(world.child_gets(), "/params/capabilities") == capabilities);
  }
}
