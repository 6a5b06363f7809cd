// A session's rights are those of the global policy and of its profile; the stricter decision is
// used.
#include "callgate/policy/profiles.h"
#include "policy_test.h"

using namespace callgate;

namespace {

Policy compiled(const PolicyConfig& rules, std::vector<std::string> guarded = {}) {
  Result<Policy> policy = Policy::compile(rules, std::move(guarded), "/home/me");
  REQUIRE(policy);
  return std::move(*policy);
}

struct RightsWorld {
  explicit RightsWorld(const std::string& policy_and_profiles)
      : loaded(parse_config(
            R"({"mcpServers": {"fs": {"command": "x"}, "github": {"command": "x"}}, )" +
                policy_and_profiles + "}",
            "config.json", "/home/me")),
        policy(compiled(loaded.config.policy, {"/state"})) {
    for (const Error& error : loaded.errors) FAIL(error.message);
    for (const ProfileConfig& each : loaded.config.profiles) {
      Profile profile{std::nullopt, compiled(each.policy)};
      if (each.servers) profile.servers.emplace(each.servers->begin(), each.servers->end());
      profiles.emplace(each.name, std::move(profile));
    }
  }
  Rights rights(const std::string& profile) const { return {policy, profiles, profile}; }
  /// Returns the decision and its rule, for example "deny profile r: default".
  std::string ruling(const std::string& profile, const std::string& server, const std::string& tool,
                     const std::string& args = "{}") const {
    const Result<MessagePtr> walked = Walker().walk(args);
    REQUIRE(walked);
    const Facts facts{.server = server, .name = tool, .args = (*walked)->root()};
    CallPaths paths;
    rights(profile).collect(facts, paths);
    RealPaths real;
    for (const PathNeed& need : paths.needs()) real.emplace_back(need.path);
    paths.set_real(std::move(real));
    const Decision decision = rights(profile).decide(facts, paths);
    return std::string(name(decision.permission)) +
           (decision.rule.empty() ? "" : " " + decision.rule);
  }
  bool lists(const std::string& profile, const std::string& server, const std::string& tool) const {
    return rights(profile).lists({.server = server, .name = tool});
  }

  LoadedConfig loaded;
  Policy policy;
  Profiles profiles;
};

}  // namespace

TEST_CASE("a profile only narrows rights: the stricter of it and the global policy is used") {
  const RightsWorld world(R"("policy": {"deny": ["*__delete"], "ask": ["*__write"]},
    "profiles": {"wide": {"policy": {"allow": ["*"]}},
                 "narrow": {"policy": {"default": "deny", "allow": ["*__read", "*__write", "*__delete"]}},
                 "asking": {"policy": {"default": "ask", "deny": ["*__write"]}}})");
  CHECK(world.ruling("", "fs", "read") == "allow");
  CHECK(world.ruling("", "fs", "write") == "ask ask[0] *__write");
  CHECK(world.ruling("wide", "fs", "write") == "ask ask[0] *__write");
  CHECK(world.ruling("wide", "fs", "delete") == "deny deny[0] *__delete");
  CHECK(world.ruling("narrow", "fs", "read") == "allow");
  CHECK(world.ruling("narrow", "fs", "write") == "ask ask[0] *__write");
  CHECK(world.ruling("narrow", "fs", "delete") == "deny deny[0] *__delete");
  CHECK(world.ruling("narrow", "fs", "other") == "deny profile narrow: default");
  CHECK(world.ruling("asking", "fs", "read") == "ask profile asking: default");
  CHECK(world.ruling("asking", "fs", "write") == "deny profile asking: deny[0] *__write");
}

TEST_CASE("a server that the profile does not name is neither listed nor called") {
  const RightsWorld world(R"("profiles": {"r": {"servers": ["fs"]}, "none": {"servers": []}})");
  CHECK(world.rights("r").sees_server("fs"));
  CHECK_FALSE(world.rights("r").sees_server("github"));
  CHECK_FALSE(world.rights("none").sees_server("fs"));
  CHECK(world.rights("").sees_server("github"));
  CHECK(world.ruling("r", "fs", "x") == "allow");
  CHECK(world.ruling("r", "github", "x") == "deny profile r: servers");
  CHECK(world.lists("r", "fs", "x"));
  CHECK_FALSE(world.lists("r", "github", "x"));
}

TEST_CASE("a session with a profile that is not configured may call nothing") {
  const RightsWorld world(R"("profiles": {"r": {}})");
  CHECK(world.ruling("gone", "fs", "x") == "deny profile gone");
  CHECK_FALSE(world.lists("gone", "fs", "x"));
}

TEST_CASE("lists omit tools that either policy denies whatever the arguments") {
  const RightsWorld world(R"("policy": {"deny": ["*__a"]},
    "profiles": {"r": {"policy": {"deny": ["*__b", {"tool": "*__c", "args": {"p": {"glob": "x"}}}]}},
                 "d": {"policy": {"default": "deny", "allow": ["fs__c"]}}})");
  CHECK_FALSE(world.lists("r", "fs", "a"));
  CHECK_FALSE(world.lists("r", "fs", "b"));
  CHECK(world.lists("r", "fs", "c"));
  CHECK(world.lists("", "fs", "b"));
  CHECK(world.lists("d", "fs", "c"));
  CHECK_FALSE(world.lists("d", "github", "c"));
}

TEST_CASE("a rule with a profile applies to sessions with that profile only") {
  const RightsWorld world(R"("policy": {"default": "deny",
      "deny": [{"tool": "fs__x", "profile": "r*"}], "allow": [{"tool": "fs__*", "profile": "*"}]},
    "profiles": {"reviewer": {}, "other": {}})");
  CHECK(world.ruling("reviewer", "fs", "x") == "deny deny[0] fs__x");
  CHECK(world.ruling("other", "fs", "x") == "allow allow[0] fs__*");
  CHECK(world.ruling("", "fs", "x") == "allow allow[0] fs__*");
  CHECK_FALSE(world.lists("reviewer", "fs", "x"));
  CHECK(world.lists("other", "fs", "x"));
  // A list that is made for all sessions keeps the tools that some of them may call.
  CHECK_FALSE(world.policy.always_denies({.server = "fs", .name = "x"}));
  CHECK(world.policy.always_denies({.server = "github", .name = "x"}));
}

TEST_CASE("each policy gets the real paths that it asked for") {
  const RightsWorld world(
      R"("policy": {"deny": [{"tool": "fs__*", "args": {"b": {"inside": ["/secret"]}}}]},
    "profiles": {"r": {"policy": {"deny": [{"tool": "fs__*", "args": {"a": {"outside": ["/work"]}}}]}}})");
  CHECK(world.ruling("r", "fs", "x", R"({"a":"/work/1","b":"/other"})") == "allow");
  CHECK(world.ruling("r", "fs", "x", R"({"a":"/other","b":"/work/1"})") ==
        "deny profile r: deny[0] fs__*");
  CHECK(world.ruling("r", "fs", "x", R"({"a":"/work/1","b":"/secret/k"})") == "deny deny[0] fs__*");
  CHECK(world.ruling("", "fs", "x", R"({"a":"/other","b":"/work/1"})") == "allow");
  // Only the profile treats a word without a slash as a path.
  CHECK(world.ruling("r", "fs", "x", R"({"a":"word","b":"/work/1"})") ==
        "deny profile r: deny[0] fs__*");
}

TEST_CASE("a path that cannot be resolved matches the profile's deny rule") {
  const RightsWorld world(
      R"("profiles": {"r": {"policy": {"deny": [{"tool": "fs__*", "args": {"a": {"inside": ["/work"]}}}]}}})");
  const Result<MessagePtr> args = Walker().walk(R"({"a":"/word"})");
  const Facts facts{.server = "fs", .name = "x", .args = (*args)->root()};
  CallPaths paths;
  world.rights("r").collect(facts, paths);
  const std::vector<PathNeed> wanted{{"/word"}, {"/state"}, {"/work"}};
  CHECK(paths.needs() == wanted);
  const auto permission_with = [&](RealPaths real) {
    paths.set_real(std::move(real));
    return world.rights("r").decide(facts, paths).permission;
  };
  CHECK(permission_with({std::nullopt}) == Permission::Deny);
  CHECK(permission_with({}) == Permission::Deny);
  CHECK(permission_with({"/other", "/state", "/work"}) == Permission::Allow);
}

TEST_CASE("our own files are protected with a profile, too") {
  const RightsWorld world(R"("profiles": {"r": {"policy": {"allow": ["*"]}}})");
  CHECK(world.ruling("r", "fs", "x", R"({"a":"/state/callgate.db"})") ==
        "deny built-in: callgate's own files");
}

TEST_CASE("an explanation has the steps of both policies") {
  const RightsWorld world(R"("policy": {"allow": ["fs__*"]},
    "profiles": {"r": {"servers": ["fs"], "policy": {"default": "deny", "ask": ["fs__w"]}}})");
  const Explanation explained = world.rights("r").explain({.server = "fs", .name = "w"}, {});
  CHECK(explained.decision.rule == "profile r: ask[0] fs__w");
  CHECK(explained.steps ==
        std::vector<std::string>{"built-in: callgate's own files: no", "allow[0] fs__*: matches",
                                 "default: allow", "profile r: has this server",
                                 "profile r: ask[0] fs__w: matches", "profile r: default: deny"});
  CHECK(world.rights("r").explain({.server = "github", .name = "w"}, {}).decision.rule ==
        "profile r: servers");
}
