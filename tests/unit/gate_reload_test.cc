#include "gate_world.h"

using namespace callgate;

namespace {

ServerConfig server_of(const std::string& name, const std::string& command = "none") {
  ServerConfig server;
  server.name = name;
  server.command = command;
  return server;
}

Policy policy_of(PolicyConfig rules = {}) {
  rules.servers = {"fs", "git", "new"};
  Result<Policy> policy = Policy::compile(rules, {}, "/home/me");
  REQUIRE(policy.ok());
  return std::move(*policy);
}

PolicyConfig denying(const std::string& pattern) {
  RuleSpec rule;
  rule.pattern = rule.written = pattern;
  PolicyConfig rules;
  rules.deny.push_back(rule);
  return rules;
}

struct Running : World {
  Running() : World({}, {}, {}, {server_of("fs"), server_of("git")}) {
    session = connect(link);
    list();
    bring_up(0, {"read"});
    bring_up(1, {"log"});
    CHECK(at(link.take(), "/result/tools/1/name") == "\"git__log\"");
    link.got.clear();
  }
  void list() { say(session, R"({"jsonrpc":"2.0","id":"l","method":"tools/list"})"); }
  Reloaded reload(std::vector<ServerConfig> servers, PolicyConfig rules = {},
                  std::vector<std::string> renewed = {}) {
    Reload today{.servers = std::move(servers),
                 .policy = policy_of(std::move(rules)),
                 .profiles = {},
                 .renewed = std::move(renewed)};
    const Reloaded told = gate->reload(now, std::move(today));
    settle();
    gate->tick(now);
    return told;
  }
  void child_ends(ChildIndex child) {
    gate->child_gone(now, child, {.reason = "exited", .stderr_tail = ""});
  }
  FakeLink link;
  SessionNumber session = 0;
};

}  // namespace

TEST_CASE("a reload without a change stops nothing and notifies no client") {
  Running world;
  const Reloaded told = world.reload({server_of("fs"), server_of("git")});
  CHECK(told.added.empty());
  CHECK(told.restarted.empty());
  CHECK(told.removed.empty());
  CHECK(world.children.stops.empty());
  CHECK(world.link.got.empty());
}

TEST_CASE("only a server that changed starts again") {
  Running world;
  const Reloaded told = world.reload({server_of("fs", "other"), server_of("git")});
  CHECK(told.restarted == std::vector<std::string>{"fs"});
  CHECK(world.children.stops[0] == 1);
  CHECK(world.children.stops[1] == 0);
  // A number of its own: the old process may still be ending.
  CHECK(world.children.starts[2] == 1);
  world.bring_up(2, {"read", "write"});
  CHECK(at(world.link.take(), "/method") == "\"notifications/tools/list_changed\"");
  world.link.got.clear();
  world.list();
  const std::string list = world.link.take();
  CHECK(at(list, "/result/tools/0/name") == "\"fs__read\"");
  CHECK(at(list, "/result/tools/2/name") == "\"git__log\"");
}

TEST_CASE("a running call ends where it began, and then its child ends") {
  Running world;
  world.say(world.session, call_line("7", "fs__read"));
  const std::string id = at(world.children.take(0), "/id");
  world.reload({server_of("fs", "other"), server_of("git")});
  CHECK(world.children.stops[0] == 0);
  world.bring_up(2, {"read"});
  world.link.got.clear();
  world.say(world.session, call_line("8", "fs__read"));
  CHECK(at(world.children.take(2), "/params/name") == "\"read\"");
  CHECK(world.children.got[0].empty());
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":{"content":[]}})");
  CHECK(at(world.link.take(), "/id") == "7");
  world.gate->tick(world.now);
  CHECK(world.children.stops[0] == 1);
  world.child_ends(0);
  world.pass(std::chrono::hours(1));
  CHECK(world.children.starts[0] == 1);
}

TEST_CASE("a server that is gone is gone from lists, and its calls fail by name") {
  Running world;
  CHECK(world.reload({server_of("git")}).removed == std::vector<std::string>{"fs"});
  CHECK(at(world.link.take(), "/method") == "\"notifications/tools/list_changed\"");
  CHECK(world.children.stops[0] == 1);
  world.list();
  CHECK(at(world.link.take(), "/result/tools/0/name") == "\"git__log\"");
  world.say(world.session, call_line("9", "fs__read"));
  CHECK(at(world.link.take(), "/error/data/code") == "\"call.unknown\"");
}

TEST_CASE("a new server is started for who uses servers, and stands where it is written") {
  Running world;
  const Reloaded told = world.reload({server_of("new"), server_of("fs"), server_of("git")});
  CHECK(told.added == std::vector<std::string>{"new"});
  CHECK(world.children.starts[2] == 1);
  world.bring_up(2, {"a"});
  CHECK(at(world.link.take(), "/method") == "\"notifications/tools/list_changed\"");
  world.list();
  CHECK(at(world.link.take(), "/result/tools/0/name") == "\"new__a\"");
}

TEST_CASE("what is hidden or denied changes without a new process, and is told") {
  Running world;
  ServerConfig hiding = server_of("fs");
  hiding.hide = {"read"};
  world.reload({hiding, server_of("git")});
  CHECK(world.children.stops.empty());
  CHECK(at(world.link.take(), "/method") == "\"notifications/tools/list_changed\"");
  world.list();
  CHECK(at(world.link.take(), "/result/tools/0/name") == "\"git__log\"");
  world.reload({server_of("fs"), server_of("git")}, denying("git__*"));
  CHECK(at(world.link.take(), "/method") == "\"notifications/tools/list_changed\"");
  world.list();
  CHECK(at(world.link.take(), "/result/tools/0/name") == "\"fs__read\"");
  world.say(world.session, call_line("9", "git__log"));
  CHECK(at(world.link.take(), "/result/isError") == "true");
}

TEST_CASE("a secret that changed starts its servers anew, though nothing else did") {
  Running world;
  const Reloaded told = world.reload({server_of("fs"), server_of("git")}, {}, {"git"});
  CHECK(told.restarted == std::vector<std::string>{"git"});
  CHECK(world.children.stops[1] == 1);
  CHECK(world.children.starts[2] == 1);
}

TEST_CASE("numbers of servers that are gone are given again once their processes have ended") {
  Running world;
  for (int i = 0; i < 200; ++i) {
    world.reload({server_of("fs", std::to_string(i)), server_of("git")});
    for (const auto& [child, stops] : world.children.stops) {
      if (stops > 0) world.child_ends(child);
    }
    world.children.stops.clear();
  }
  CHECK(world.gate->servers().size() <= 4);
}

TEST_CASE("a call that waits for a server that changes goes to the new one") {
  World world({}, {}, {}, {server_of("fs")});
  FakeLink link;
  const SessionNumber session = world.connect(link);
  world.say(session, call_line("1", "fs__read"));
  CHECK(world.children.starts[0] == 1);
  Reload today{.servers = {server_of("fs", "other")}, .policy = policy_of(), .profiles = {}};
  world.gate->reload(world.now, std::move(today));
  CHECK(world.children.stops[0] == 1);
  world.bring_up(1, {"read"});
  CHECK(at(world.children.take(1), "/params/name") == "\"read\"");
}

TEST_CASE("paths that were asked for under other rules are asked for again") {
  Running world;
  const auto rule = [](const std::string& key) {
    PolicyConfig rules = denying("fs__*");
    rules.deny[0].args.push_back(
        {.key = key, .kind = ArgConstraint::Kind::Inside, .texts = {"/secret"}});
    return rules;
  };
  world.reload({server_of("fs"), server_of("git")}, rule("path"));
  world.say(world.session, call_line("1", "fs__read", R"({"path":"/a","to":"/secret/b"})"));
  REQUIRE(world.paths.asked.size() == 1);
  world.reload({server_of("fs"), server_of("git")}, rule("to"));
  world.gate->paths_resolved(world.now, world.paths.asked[0].call, {"/a"});
  REQUIRE(world.paths.asked.size() == 2);
  world.gate->paths_resolved(world.now, world.paths.asked[1].call, {"/secret/b"});
  world.settle();
  CHECK(at(world.link.take(), "/result/isError") == "true");
  CHECK(world.children.got[0].empty());
}

TEST_CASE("sessions of a profile that is gone may nothing; one that changes shows its own lists") {
  World world({}, {}, {}, {server_of("fs"), server_of("git")});
  const auto today = [](bool with_profile, const std::string& server) {
    Reload reload{
        .servers = {server_of("fs"), server_of("git")}, .policy = policy_of(), .profiles = {}};
    Profile profile{std::nullopt, policy_of()};
    profile.servers.emplace({server});
    if (with_profile) reload.profiles.emplace("reviewer", std::move(profile));
    return reload;
  };
  world.gate->reload(world.now, today(true, "fs"));
  FakeLink link;
  const auto session =
      world.gate->open_session(world.now, link, {.process = {}, .peer = "", .profile = "reviewer"});
  world.say(session, R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":)"
                     R"("2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}})");
  world.say(session, R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  world.bring_up(0, {"read"});
  CHECK(world.children.starts[1] == 0);
  link.got.clear();
  world.gate->reload(world.now, today(true, "git"));
  CHECK(at(link.take(), "/method") == "\"notifications/tools/list_changed\"");
  CHECK(world.children.starts[1] == 1);
  world.bring_up(1, {"log"});
  link.got.clear();
  world.say(session, R"({"jsonrpc":"2.0","id":2,"method":"tools/list"})");
  CHECK(at(link.take(), "/result/tools/0/name") == "\"git__log\"");
  world.gate->reload(world.now, today(false, ""));
  link.got.clear();
  world.say(session, R"({"jsonrpc":"2.0","id":3,"method":"tools/list"})");
  CHECK(at(link.take(), "/result/tools") == "[]");
  world.say(session, call_line("4", "git__log"));
  CHECK(at(link.take(), "/error/data/code") == "\"call.unknown\"");
}

TEST_CASE("who wants to hear of a resource hears of it from the new child") {
  World world({}, {}, {}, {server_of("fs")});
  FakeLink link;
  const SessionNumber session = world.connect(link);
  world.say(session, R"({"jsonrpc":"2.0","id":1,"method":"resources/list"})");
  const std::string resources = R"({"resources":{"subscribe":true}})";
  const auto bring_up = [&](ChildIndex child) {
    world.bring_up(child, {}, resources);
    world.answer(child, "resources/list", R"({"resources":[{"uri":"x:1","name":"x"}]})");
    world.answer(child, "resources/templates/list", R"({"resourceTemplates":[]})");
  };
  bring_up(0);
  link.got.clear();
  world.say(session,
            R"({"jsonrpc":"2.0","id":2,"method":"resources/subscribe","params":{"uri":"x:1"}})");
  world.answer(0, "resources/subscribe", "{}");
  CHECK(at(link.take(), "/result") == "{}");
  Reload today{.servers = {server_of("fs", "other")}, .policy = policy_of(), .profiles = {}};
  world.gate->reload(world.now, std::move(today));
  bring_up(1);
  CHECK(at(world.children.take(1), "/params/uri") == "\"x:1\"");
  link.got.clear();
  world.child_says(
      1, R"({"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"x:1"}})");
  CHECK(at(link.take(), "/method") == "\"notifications/resources/updated\"");
}
