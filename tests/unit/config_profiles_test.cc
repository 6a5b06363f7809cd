// The profiles of the configuration file.
#include "config_test.h"

using namespace callgate;

namespace {

/// Parses a file that has these profiles, and the servers `fs` and `github`.
LoadedConfig with_profiles(const std::string& profiles, const std::string& policy = "{}") {
  return parsed(
      R"({"mcpServers": {"fs": {"command": "a"}, "github": {"command": "b"}}, "policy": )" +
      policy + ",\n\"profiles\": " + profiles + "}");
}

}  // namespace

TEST_CASE("a profile has its own servers and its own policy") {
  const LoadedConfig loaded = with_profiles(
      R"({"reviewer": {"servers": ["fs"], "policy": {"default": "deny", "allow": ["*__read_*"]}}, "all": {}})");
  CHECK(only_error(loaded) == "0 errors:");
  REQUIRE(loaded.config.profiles.size() == 2);
  const ProfileConfig& reviewer = loaded.config.profiles[0];
  CHECK(reviewer.name == "reviewer");
  CHECK(reviewer.servers == std::vector<std::string>{"fs"});
  CHECK(reviewer.policy.fallback == RuleList::Deny);
  CHECK(reviewer.policy.allow.size() == 1);
  CHECK(reviewer.policy.servers == std::vector<std::string>{"fs", "github"});
  const ProfileConfig& all = loaded.config.profiles[1];
  CHECK_FALSE(all.servers);
  CHECK(all.policy.fallback == RuleList::Allow);
}

TEST_CASE("a profile with an empty list of servers shows no server") {
  const LoadedConfig loaded = with_profiles(R"({"nobody": {"servers": []}})");
  CHECK(only_error(loaded) == "0 errors:");
  REQUIRE(loaded.config.profiles.at(0).servers);
  CHECK(loaded.config.profiles[0].servers->empty());
}

TEST_CASE("a server that a profile names must be configured") {
  CHECK(only_error(with_profiles("{\"r\": {\"servers\": [\"fs\",\n\"githb\"]}}")) ==
        "config.unknown_server config.json:3:1: profiles.r.servers[1]: no server \"githb\" is "
        "configured; did you mean \"github\"?");
  CHECK(only_error(with_profiles(R"({"r": {"policy": {"deny": ["githb__x"]}}})")) ==
        "config.unknown_server config.json:2:40: profiles.r.policy.deny[0] githb__x: no server "
        "\"githb\" is configured; did you mean \"github\"?");
}

TEST_CASE("unknown keys and types in a profile are errors") {
  CHECK(only_error(with_profiles(R"({"r": {"sevrers": []}})")) ==
        "config.unknown_key config.json:2:20: profiles.r.sevrers: no such key; did you mean "
        "\"servers\"?");
  CHECK(has_error(with_profiles(R"({"r": {"servers": "fs"}})"), "profiles.r.servers: is a string"));
  CHECK(has_error(with_profiles(R"({"r": {"servers": [1]}})"), "profiles.r.servers[0]: is a num"));
  CHECK(has_error(with_profiles(R"({"r": 1})"), "profiles.r: is a number, must be an object"));
  CHECK(has_error(with_profiles("[]"), "profiles: is a list, must be an object"));
  CHECK(has_error(with_profiles(R"({"r": {"policy": {"deni": []}}})"), "did you mean \"deny\""));
}

TEST_CASE("a profile's name has 1 to 64 plain characters") {
  CHECK(only_error(with_profiles("{\"" + std::string(64, 'x') + "\": {}}")) == "0 errors:");
  CHECK(only_error(with_profiles(R"({"a.B-c_9": {}})")) == "0 errors:");
  CHECK(has_error(with_profiles("{\"" + std::string(65, 'x') + "\": {}}"), "rename it"));
  for (const char* name : {"", "a b", "a/b", "\\u00e4", "*"})
    CHECK(has_error(with_profiles("{\"" + std::string(name) + "\": {}}"), "rename it"));
}

TEST_CASE("there are at most 256 profiles") {
  const auto many = [](int count) {
    std::string all = "{";
    for (int i = 0; i < count; ++i) all += (i ? ",\"p" : "\"p") + std::to_string(i) + "\": {}";
    return with_profiles(all + "}");
  };
  CHECK(only_error(many(256)) == "0 errors:");
  CHECK(has_error(many(257), "holds 257 profiles"));
}

TEST_CASE("a rule may name only a configured profile") {
  const auto rule = [](const std::string& profile) {
    return with_profiles(R"({"reviewer": {}})",
                         R"({"deny": [{"tool": "fs__*", "profile": ")" + profile + "\"}]}");
  };
  const LoadedConfig good = rule("reviewer");
  CHECK(only_error(good) == "0 errors:");
  CHECK(good.config.policy.deny.at(0).profile == "reviewer");
  CHECK(only_error(rule("re*")) == "0 errors:");
  CHECK(only_error(rule("reviwer")) ==
        "config.unknown_profile config.json:1:90: policy.deny[0] fs__*: no profile \"reviwer\" is "
        "configured; did you mean \"reviewer\"?");
}

TEST_CASE("a rule inside a profile must not name a profile") {
  CHECK(has_error(
      with_profiles(R"({"a": {"policy": {"deny": [{"tool": "fs__*", "profile": "a"}]}}, "b": {}})"),
      "profiles.a.policy.deny[0] fs__*: a rule inside a profile is only about this profile anyway; "
      "remove \"profile\""));
}

TEST_CASE("a profile chooses accounts of configured servers") {
  const auto choosing = [](const std::string& accounts) {
    return parsed(R"({"mcpServers": {"fs": {"command": "a"}, "plain": {"url": "https://h/mcp"},
"github": {"url": "https://h/mcp", "accounts": {"work": {}, "home": {"under": ["/home"]}}}},
"profiles": {"p": {"accounts": )" +
                  accounts + "}}}");
  };
  const LoadedConfig good = choosing(R"({"github": "home"})");
  CHECK(only_error(good) == "0 errors:");
  CHECK(good.config.profiles.at(0).accounts == ChosenAccounts{{"github", "home"}});
  CHECK(only_error(choosing("{}")) == "0 errors:");
  const std::string at = "config.json:3:33: profiles.p.accounts.";
  CHECK(only_error(choosing(R"({"githb": "work"})")) ==
        "config.unknown_server " + at +
            "githb: no server \"githb\" is configured; did you mean "
            "\"github\"?");
  const std::string unknown = "config.unknown_account " + at;
  CHECK(only_error(choosing(R"({"github": "wrk"})")) ==
        unknown + "github: server \"github\" has no account \"wrk\"; did you mean \"work\"?");
  for (const char* server : {"github", "plain"})
    CHECK(only_error(choosing("{\"" + std::string(server) + "\": \"elsewhere\"}")) ==
          unknown + server + ": server \"" + server +
              "\" has no account \"elsewhere\"; add the "
              "account to \"accounts\" of the server, or correct the name");
  CHECK(only_error(choosing(R"({"fs": "work"})")) ==
        unknown +
            "fs: server \"fs\" has no account \"work\"; remove this line: only a server "
            "with a \"url\" has accounts");
  // A name with an account is no name of a server, and an account is one name, not a glob.
  CHECK(has_error(choosing(R"({"github@work": "work"})"), "no server \"github@work\""));
  for (const char* name : {"", "*", "Work", "work "})
    CHECK(has_error(choosing("{\"github\": \"" + std::string(name) + "\"}"), "has no account"));
  CHECK(has_error(choosing(R"({"github": ["work"]})"), "is a list, must be a string"));
  CHECK(has_error(choosing(R"(["github"])"), "profiles.p.accounts: is a list, must be an object"));
  CHECK(has_error(choosing(R"({"github": "work", "github": "home"})"), "github"));
}

TEST_CASE("a profile's account comes before the client's folder") {
  ServerConfig server{.name = "r", .remote = RemoteConfig{.url = "https://h/mcp"}};
  server.remote->accounts = {{.name = "work", .under = {"/work"}}, {.name = "home", .under = {}}};
  CHECK(account_for(server, {}, "/work") == "work");
  CHECK(account_for(server, {{"r", "home"}}, "/work") == "home");
  CHECK(account_for(server, {{"other", "home"}}, "/work") == "work");
  CHECK(account_for({.name = "r", .command = "a"}, {{"r", "home"}}, "/work").empty());
}
