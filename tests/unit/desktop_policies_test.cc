// Gemini CLI's policy files and Goose's permissions, for servers that are imported.
#include "desktop_support.h"

namespace callgate {

namespace {

using Names = std::vector<std::string>;

/// A home folder with three servers of Gemini CLI, and policies in one file or in several.
class Policies {
 public:
  explicit Policies(const std::string& text = "") {
    home.write(
        home.path + "/.gemini/settings.json",
        R"({"mcpServers": {"fs": {"command": "a"}, "my_db": {"command": "b"}, "my.api": {"command": "c"}}})");
    if (!text.empty()) write("rules.toml", text);
  }
  void write(const std::string& name, const std::string& text) const {
    home.write(home.path + "/.gemini/policies/" + name, text);
  }
  RegisterPlan plan() const {
    auto plan = plan_register(home.request("gemini"));
    REQUIRE(plan.ok());
    return *plan;
  }
  static std::string notes(const RegisterPlan& plan) {
    std::string all;
    for (const std::string& note : plan.notes) all += note + "\n";
    return all;
  }

  Home home;
};

RegisterPlan plan_of_policies(const std::string& policies) { return Policies(policies).plan(); }

/// Checks that the notes of the plan contain each of these texts.
void check_named(const RegisterPlan& plan, const std::vector<std::string>& parts) {
  const std::string notes = Policies::notes(plan);
  for (const std::string& part : parts) {
    CAPTURE(part);
    CHECK(notes.find(part) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("a tool that a policy of Gemini CLI denies is denied by callgate, too") {
  Policies gemini(R"([[rule]]
mcpName = "fs"
toolName = ["write_file", "move_file"]
decision = "deny"
priority = 100

[[rule]]
toolName = "mcp_my_db_drop"   # by its whole name
decision = "deny"
priority = 1

[[rule]]
toolName = "write_file"       # of the client's own
decision = "deny"
priority = 999

[[rule]]
mcpName = "my.api"
decision = "deny"
priority = 5
)");
  gemini.write(
      "more.toml",
      "rule = [{mcpName = '*', toolName = 'shell', decision = 'ask_user', priority = 3}]\n");
  gemini.write("notes.txt", "[[rule]]\nmcpName = \"fs\"\ndecision = \"deny\"\npriority = 1\n");
  REQUIRE(gemini.home.register_with("gemini").ok());
  const LoadedConfig loaded = load_config(gemini.home.places.config_file, gemini.home.path);
  CHECK(loaded.errors.empty());
  REQUIRE_EQ(loaded.config.profiles.size(), 1);
  Names deny, ask;
  for (const auto& rule : loaded.config.profiles[0].policy.deny) deny.push_back(rule.pattern);
  for (const auto& rule : loaded.config.profiles[0].policy.ask) ask.push_back(rule.pattern);
  CHECK(deny == Names{"fs__write_file", "fs__move_file", "my_db__drop", "my.api__*"});
  CHECK(ask == Names{"fs__shell", "my_db__shell"});
  CHECK_EQ(gemini.home.unregister(), "exact");
}

TEST_CASE("if two policies name a tool, the one with the higher priority is used") {
  const RegisterPlan plan = plan_of_policies(R"(
[[rule]]
mcpName = "fs"
decision = "deny"
priority = 10
[[rule]]
mcpName = "fs"
toolName = "read"
decision = "allow"
priority = 20
[[rule]]
mcpName = "fs"
toolName = "list"
decision = "ask_user"
priority = 30
[[rule]]
mcpName = "my_db"
toolName = "drop"
decision = "allow"
priority = 20
[[rule]]
mcpName = "my_db"
toolName = "drop"
decision = "deny"
priority = 19
[[rule]]
toolName = "mcp_my.api_*"
decision = "ask_user"
priority = 50
[[rule]]
mcpName = "my.api"
toolName = "send"
decision = "deny"
priority = 40
)");
  CHECK(plan.servers.at(0).server.only == Names{"list", "read"});
  CHECK(plan.profile.deny.empty());
  CHECK(plan.profile.ask == Names{"fs__list", "my.api__*"});
  check_named(plan, {"'drop' of 'my_db'", "mcpName = \"callgate\" and toolName = \"my_db__drop\""});
}

TEST_CASE("policies about all servers are left to the client") {
  const RegisterPlan asking = plan_of_policies(R"(
[[rule]]
toolName = "*"
mcpName = "*"
decision = "ask_user"
priority = 10
)");
  CHECK(asking.profile.ask.empty());
  CHECK(asking.notes.empty());
  const RegisterPlan denying = plan_of_policies(R"(
[[rule]]
toolName = "mcp_*"
decision = "deny"
priority = 10
[[rule]]
toolName = "mcp_*_read"
decision = "allow"
priority = 20
)");
  for (const ServerImport& each : denying.servers) CHECK(each.server.only == Names{"read"});
  CHECK_EQ(denying.notes.size(), 1);
  check_named(denying, {"denies every tool of callgate, too"});
}

TEST_CASE("for a policy that depends on more than the tool, the plan has the new name to write") {
  const RegisterPlan plan = plan_of_policies(R"(
[[rule]]
mcpName = "fs"
toolName = "write"
argsPattern = '"path":"/etc'
decision = "deny"
priority = 10
[[rule]]
mcpName = "my_db"
decision = "deny"
modes = ["plan"]
priority = 10
[[rule]]
mcpName = "my.api"
toolName = "send"
decision = "deny"
modes = ["default", "autoEdit", "yolo", "plan"]
priority = 10
[rule.toolAnnotations]
readOnlyHint = false
)");
  CHECK(plan.profile.deny.empty());
  CHECK_EQ(plan.notes.size(), 3);
  check_named(plan, {"depends on argsPattern", "toolName = \"fs__write\" into this file",
                     "every tool of 'my_db'", "toolName = [\"my_db__TOOL\", …]",
                     "depends on toolAnnotations"});
}

TEST_CASE("policies are read from the folders of the settings, and an unreadable file is named") {
  Policies gemini("[[rule]]\nmcpName = \"fs\"\ndecision = \"deny\"\npriority = 1\n");
  gemini.write("bad.toml", "[[rule]\n");
  const RegisterPlan plan = gemini.plan();
  CHECK(plan.profile.deny == Names{"fs__*"});
  CHECK_EQ(plan.notes.size(), 1);
  check_named(plan, {"bad.toml can't be read: 1:"});
  gemini.home.write(gemini.home.path + "/.gemini/settings.json",
                    R"({"policyPaths": ["other"], "mcpServers": {"fs": {"command": "a"}}})");
  gemini.home.write(gemini.home.machine.project + "/other/x.toml",
                    "[[rule]]\nmcpName='fs'\ntoolName='x'\ndecision='deny'\npriority=1\n");
  CHECK(gemini.plan().profile.deny == Names{"fs__x"});
}

TEST_CASE("the number and the length of the policies that are read are limited") {
  const auto rule = [](const std::string& tool) {
    return "[[rule]]\nmcpName='fs'\ndecision='deny'\npriority=1\ntoolName='" + tool + "'\n";
  };
  CHECK(Policies(rule(std::string(256, 'x'))).plan().notes.empty());
  CHECK_EQ(Policies(rule(std::string(257, 'x'))).plan().notes.size(), 1);
  std::string list;
  for (int i = 0; i < 4096; ++i) list += "'ls',";
  const auto listed = [](const std::string& names) {
    return "[[rule]]\ntoolName = [" + names + "]\ndecision = 'deny'\npriority = 1\n";
  };
  CHECK(Policies(listed(list)).plan().notes.empty());
  CHECK_EQ(Policies(listed(list + "'x'")).plan().notes.size(), 1);
  Policies many;
  for (int i = 0; i < 256; ++i) many.write(std::to_string(i) + ".toml", "");
  CHECK(many.plan().notes.empty());
  many.write("more.toml", "");
  CHECK_EQ(many.plan().notes.size(), 1);
}

TEST_CASE("a tool that Goose never allows is denied by callgate, too") {
  Home home;
  home.write(home.path + "/.config/goose/config.yaml",
             "extensions:\n"
             "  fs:\n    enabled: true\n    type: stdio\n    name: fs\n    cmd: a\n    args: []\n"
             "    available_tools: [read, move]\n"
             "  My DB:\n    enabled: true\n    type: stdio\n    name: My DB\n    cmd: b\n"
             "    args: []\n    available_tools: []\n");
  const std::string rules = home.path + "/.config/goose/permission.yaml";
  home.write(rules,
             "smart_approve:\n  never_allow:\n  - fs__smart\n"
             "user:\n  always_allow:\n  - fs__read\n  ask_before: [fs__move, mydb__drop]\n"
             "  never_allow:\n  - fs__write_file\n  - \"developer__shell\"\n  - write\n");
  REQUIRE(home.register_with("goose").ok());
  const LoadedConfig loaded = load_config(home.places.config_file, home.path);
  CHECK(loaded.errors.empty());
  REQUIRE_EQ(loaded.config.profiles.size(), 1);
  const PolicyConfig& policy = loaded.config.profiles[0].policy;
  REQUIRE_EQ(policy.deny.size(), 1);
  CHECK_EQ(policy.deny[0].pattern, "fs__write_file");
  REQUIRE_EQ(policy.ask.size(), 2);
  CHECK_EQ(policy.ask[0].pattern, "fs__move");
  CHECK_EQ(policy.ask[1].pattern, "My DB__drop");
  CHECK(loaded.config.servers.at(0).only == Names{"read", "move"});
  CHECK_FALSE(loaded.config.servers.at(1).only);
  CHECK_EQ(home.unregister(), "exact");
  const auto plan = plan_register(home.request("goose"));
  REQUIRE(plan.ok());
  REQUIRE_EQ(plan->notes.size(), 1);
  CHECK(plan->notes[0].find("\"callgate__fs__read\"") != std::string::npos);
  home.write(rules, "user: [\n");
  const auto unreadable = plan_register(home.request("goose"));
  REQUIRE(unreadable.ok());
  CHECK(unreadable->profile.deny.empty());
}

}  // namespace callgate
