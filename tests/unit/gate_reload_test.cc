#include "gate_world.h"

using namespace callgate;

namespace {

ServerConfig server_of(const std::string& name, const std::string& command = "none") {
  return {.name = name, .command = command};
}

Policy policy_of(PolicyConfig rules = {}) {
  rules.servers = {"fs", "git", "new"};
  Result<Policy> policy = Policy::compile(rules, {}, "/home/me");
  REQUIRE(policy.ok());
  return std::move(*policy);
}

PolicyConfig denying(const std::string& pattern) {
  return {.deny = {{.pattern = pattern, .written = pattern}}};
}

/// A client that has listed the tools of two servers.
struct Running : OneClient {
  Running() : OneClient({}, {.servers = {server_of("fs"), server_of("git")}}) {
    hello();
    list();
    bring_up(0, {"read"});
    bring_up(1, {"log"});
    CHECK(at(link.take(), "/result/tools/1/name") == "\"git__log\"");
    link.got.clear();
  }
  void list() { client_sends(kList); }
  Reloaded reload(std::vector<ServerConfig> servers, PolicyConfig rules = {},
                  std::vector<std::string> renewed = {}) {
    Reload today{.servers = std::move(servers),
                 .policy = policy_of(std::move(rules)),
                 .profiles = {},
                 .renewed = std::move(renewed)};
    const Reloaded changes = gate->reload(now, std::move(today));
    settle();
    gate->tick(now);
    return changes;
  }
  void child_ends(ChildIndex child) {
    gate->child_gone(now, child, {.reason = "exited", .stderr_tail = ""});
  }
};

}  // namespace

TEST_CASE("a reload without a change stops nothing and notifies no client") {
  Running world;
  const Reloaded changes = world.reload({server_of("fs"), server_of("git")});
  CHECK(changes.added.empty());
  CHECK(changes.restarted.empty());
  CHECK(changes.removed.empty());
  CHECK(world.children.stops.empty());
  CHECK(world.link.got.empty());
}

TEST_CASE("only a server that changed starts again") {
  Running world;
  const Reloaded changes = world.reload({server_of("fs", "other"), server_of("git")});
  CHECK(changes.restarted == std::vector<std::string>{"fs"});
  CHECK(world.children.stops[0] == 1);
  CHECK(world.children.stops[1] == 0);
  // The new child has another number, because the old process may still be ending.
  CHECK(world.children.starts[2] == 1);
  world.bring_up(2, {"read", "write"});
  CHECK(at(world.client_gets(), "/method") == "\"notifications/tools/list_changed\"");
  world.link.got.clear();
  world.list();
  const std::string list = world.client_gets();
  CHECK(at(list, "/result/tools/0/name") == "\"fs__read\"");
  CHECK(at(list, "/result/tools/2/name") == "\"git__log\"");
}

TEST_CASE("a running call ends at its old child, which then ends") {
  Running world;
  world.client_sends(call_line("7", "fs__read"));
  const std::string id = at(world.child_gets(), "/id");
  world.reload({server_of("fs", "other"), server_of("git")});
  CHECK(world.children.stops[0] == 0);
  world.bring_up(2, {"read"});
  world.link.got.clear();
  world.client_sends(call_line("8", "fs__read"));
  CHECK(at(world.child_gets(2), "/params/name") == "\"read\"");
  CHECK(world.children.got[0].empty());
  world.child_sends(result_line(id, R"({"content":[]})"));
  CHECK(at(world.client_gets(), "/id") == "7");
  world.gate->tick(world.now);
  CHECK(world.children.stops[0] == 1);
  world.child_ends(0);
  world.pass(std::chrono::hours(1));
  CHECK(world.children.starts[0] == 1);
}

TEST_CASE("a removed server disappears from lists, and calls of its tools fail as unknown") {
  Running world;
  CHECK(world.reload({server_of("git")}).removed == std::vector<std::string>{"fs"});
  CHECK(at(world.client_gets(), "/method") == "\"notifications/tools/list_changed\"");
  CHECK(world.children.stops[0] == 1);
  world.list();
  CHECK(at(world.client_gets(), "/result/tools/0/name") == "\"git__log\"");
  world.client_sends(call_line("9", "fs__read"));
  CHECK(at(world.client_gets(), "/error/data/code") == "\"call.unknown\"");
}

TEST_CASE("a new server is started for open sessions and listed where the configuration has it") {
  Running world;
  const Reloaded changes = world.reload({server_of("new"), server_of("fs"), server_of("git")});
  CHECK(changes.added == std::vector<std::string>{"new"});
  CHECK(world.children.starts[2] == 1);
  world.bring_up(2, {"a"});
  CHECK(at(world.client_gets(), "/method") == "\"notifications/tools/list_changed\"");
  world.list();
  CHECK(at(world.client_gets(), "/result/tools/0/name") == "\"new__a\"");
}

TEST_CASE("hidden and denied tools change without a new child, and clients are notified") {
  Running world;
  ServerConfig hiding = server_of("fs");
  hiding.hide = {"read"};
  world.reload({hiding, server_of("git")});
  CHECK(world.children.stops.empty());
  CHECK(at(world.client_gets(), "/method") == "\"notifications/tools/list_changed\"");
  world.list();
  CHECK(at(world.client_gets(), "/result/tools/0/name") == "\"git__log\"");
  world.reload({server_of("fs"), server_of("git")}, denying("git__*"));
  CHECK(at(world.client_gets(), "/method") == "\"notifications/tools/list_changed\"");
  world.list();
  CHECK(at(world.client_gets(), "/result/tools/0/name") == "\"fs__read\"");
  world.client_sends(call_line("9", "git__log"));
  CHECK(at(world.client_gets(), "/result/isError") == "true");
}

TEST_CASE("a server is restarted when only a secret of it changed") {
  Running world;
  const Reloaded changes = world.reload({server_of("fs"), server_of("git")}, {}, {"git"});
  CHECK(changes.restarted == std::vector<std::string>{"git"});
  CHECK(world.children.stops[1] == 1);
  CHECK(world.children.starts[2] == 1);
}

TEST_CASE("the numbers of ended children are used again") {
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

TEST_CASE("a call that waits for a server goes to the new child when the server changes") {
  OneClient world({}, {.servers = {server_of("fs")}});
  world.hello();
  world.client_sends(call_line("1", "fs__read"));
  CHECK(world.children.starts[0] == 1);
  Reload today{.servers = {server_of("fs", "other")}, .policy = policy_of(), .profiles = {}};
  world.gate->reload(world.now, std::move(today));
  CHECK(world.children.stops[0] == 1);
  world.bring_up(1, {"read"});
  CHECK(at(world.child_gets(1), "/params/name") == "\"read\"");
}

TEST_CASE("paths are resolved again if the rules change meanwhile") {
  Running world;
  const auto rule = [](const std::string& key) {
    PolicyConfig rules = denying("fs__*");
    rules.deny[0].args.push_back(
        {.key = key, .kind = ArgConstraint::Kind::Inside, .texts = {"/secret"}});
    return rules;
  };
  world.reload({server_of("fs"), server_of("git")}, rule("path"));
  world.client_sends(call_line("1", "fs__read", R"({"path":"/a","to":"/secret/b"})"));
  REQUIRE(world.paths.asked.size() == 1);
  world.reload({server_of("fs"), server_of("git")}, rule("to"));
  world.gate->paths_resolved(world.now, world.paths.asked[0].call, {"/a"});
  REQUIRE(world.paths.asked.size() == 2);
  world.gate->paths_resolved(world.now, world.paths.asked[1].call, {"/secret/b"});
  world.settle();
  CHECK(at(world.client_gets(), "/result/isError") == "true");
  CHECK(world.children.got[0].empty());
}

TEST_CASE(
    "sessions get the lists of their changed profile, and nothing when the profile is removed") {
  OneClient world({}, {.servers = {server_of("fs"), server_of("git")}});
  const auto today = [](bool with_profile, const std::string& server) {
    Reload reload{
        .servers = {server_of("fs"), server_of("git")}, .policy = policy_of(), .profiles = {}};
    Profile profile{std::nullopt, policy_of()};
    profile.servers.emplace({server});
    if (with_profile) reload.profiles.emplace("reviewer", std::move(profile));
    return reload;
  };
  world.gate->reload(world.now, today(true, "fs"));
  world.open({.process = {}, .peer = "", .profile = "reviewer"});
  world.client_sends(initialize());
  world.client_sends(kList);
  world.bring_up(0, {"read"});
  CHECK(world.children.starts[1] == 0);
  world.link.got.clear();
  world.gate->reload(world.now, today(true, "git"));
  CHECK(at(world.client_gets(), "/method") == "\"notifications/tools/list_changed\"");
  CHECK(world.children.starts[1] == 1);
  world.bring_up(1, {"log"});
  world.link.got.clear();
  world.client_sends(kList);
  CHECK(at(world.client_gets(), "/result/tools/0/name") == "\"git__log\"");
  world.gate->reload(world.now, today(false, ""));
  world.link.got.clear();
  world.client_sends(kList);
  CHECK(at(world.client_gets(), "/result/tools") == "[]");
  world.client_sends(call_line("4", "git__log"));
  CHECK(at(world.client_gets(), "/error/data/code") == "\"call.unknown\"");
}

TEST_CASE("a subscription continues at the new child") {
  OneClient world({}, {.servers = {server_of("fs")}});
  world.hello();
  world.client_sends(request("resources/list"));
  world.bring_up_resources(0, {"x:1"}, {});
  world.link.got.clear();
  world.client_sends(request("resources/subscribe", R"({"uri":"x:1"})", "2"));
  world.answer(0, "resources/subscribe", "{}");
  CHECK(at(world.client_gets(), "/result") == "{}");
  Reload today{.servers = {server_of("fs", "other")}, .policy = policy_of(), .profiles = {}};
  world.gate->reload(world.now, std::move(today));
  world.bring_up_resources(1, {"x:1"}, {});
  CHECK(at(world.child_gets(1), "/params/uri") == "\"x:1\"");
  world.link.got.clear();
  world.child_sends(1, notification("notifications/resources/updated", R"({"uri":"x:1"})"));
  CHECK(at(world.client_gets(), "/method") == "\"notifications/resources/updated\"");
}
