// Rules that clients have for tools, the servers that each client sees, and the variables that its
// entry passes on.
#include "callgate/desktop/inspection.h"
#include "callgate/desktop/used_variables.h"
#include "callgate/wire/message.h"
#include "desktop/rules/client_rules.h"
#include "desktop_support.h"

namespace callgate {

namespace {

using Names = std::vector<std::string>;

LoadedConfig config_of(const Home& home) { return load_config(home.places.config_file, home.path); }

}  // namespace

TEST_CASE("glob_after returns the rest of a glob after a literal prefix") {
  CHECK_EQ(glob_after("fs_write", "fs_"), Names{"write"});
  CHECK_EQ(glob_after("fs_*", "fs_"), Names{"*"});
  CHECK_EQ(glob_after("*", "fs_"), Names{"*"});
  CHECK_EQ(glob_after("other_write", "fs_"), Names{});
  CHECK_EQ(glob_after("f?_write", "fs_"), Names{"write"});
  CHECK_EQ(glob_after("*_write", "fs_"), Names{"*_write", "write"});
}

TEST_CASE("a tool that Claude Code denies is denied by callgate, too") {
  Home home;
  home.write(
      home.path + "/.claude.json",
      R"({"mcpServers": {"fs": {"command": "a"}, "my db": {"command": "b"}, "off": {"command": "c"}}})");
  home.write(home.path + "/.claude/settings.json",
             R"j({"permissions": {"deny": ["mcp__fs__write_file", "mcp__my_db", "Bash(rm:*)"],
                         "ask": ["mcp__fs__move_*"], "allow": ["mcp__fs__read"]},
         "deniedMcpServers": [{"serverName": "off"}]})j");
  REQUIRE(home.register_with("claude-code").ok());
  const LoadedConfig loaded = config_of(home);
  CHECK(loaded.errors.empty());
  REQUIRE_EQ(loaded.config.profiles.size(), 1);
  const ProfileConfig& profile = loaded.config.profiles[0];
  CHECK_EQ(profile.name, "claude-code");
  REQUIRE_EQ(profile.policy.deny.size(), 2);
  CHECK_EQ(profile.policy.deny[0].pattern, "fs__write_file");
  CHECK_EQ(profile.policy.deny[1].pattern, "my db__*");
  REQUIRE_EQ(profile.policy.ask.size(), 1);
  CHECK_EQ(profile.policy.ask[0].pattern, "fs__move_*");
  CHECK(loaded.config.servers.at(2).disabled);
  CHECK(Home::read(home.path + "/.claude.json").find("\"--profile\", \"claude-code\"") !=
        std::string::npos);
  const auto again = plan_register(home.request("claude-code"));
  REQUIRE(again.ok());
  CHECK_FALSE(again->writes_client);
  CHECK_FALSE(again->writes_config);
  CHECK_EQ(home.unregister(), "exact");
}

TEST_CASE("opencode's patterns deny tools, and the last one that matches is used") {
  Home home;
  const std::string file = home.path + "/.config/opencode/opencode.json";
  const std::string text =
      R"({"mcp": {"fs": {"type": "local", "command": ["a"]}, "db": {"type": "local", "command": ["b"]}},
          "tools": {"fs_write": false, "db_*": false, "db_read": true},
          "permission": {"fs_move": "deny", "fs_copy": "ask", "bash": "deny"}})";
  home.write(file, text);
  REQUIRE(home.register_with("opencode").ok());
  const LoadedConfig loaded = config_of(home);
  REQUIRE_EQ(loaded.config.profiles.size(), 1);
  const PolicyConfig& policy = loaded.config.profiles[0].policy;
  REQUIRE_EQ(policy.deny.size(), 2);
  CHECK_EQ(policy.deny[0].pattern, "fs__write");
  CHECK_EQ(policy.deny[1].pattern, "fs__move");
  REQUIRE_EQ(policy.ask.size(), 1);
  CHECK(loaded.config.servers.at(1).only == Names{"read"});
  CHECK_EQ(home.unregister(), "exact");
  CHECK_EQ(Home::read(file), text);
}

TEST_CASE("for rules of opencode's agents, the plan has the new name to write") {
  Home home;
  home.write(home.path + "/.config/opencode/opencode.json",
             R"({"mcp": {"fs": {"type": "local", "command": ["a"]}},
                 "agent": {"plan": {"tools": {"fs_write*": false, "bash": false, "*": true}},
                           "ask": {"permission": {"fs_*": "ask"}}}})");
  const auto plan = plan_register(home.request("opencode"));
  REQUIRE(plan.ok());
  std::string notes;
  for (const std::string& note : plan->notes) notes += note + "\n";
  CHECK(notes.find("\"fs_write*\" of the agent 'plan'") != std::string::npos);
  CHECK(notes.find("write \"callgate_fs__write*\" into this file") != std::string::npos);
  CHECK(notes.find("\"fs_*\" of the agent 'ask'") != std::string::npos);
  CHECK(notes.find("bash") == std::string::npos);
  CHECK(notes.find("\"*\" of") == std::string::npos);
  CHECK(plan->profile.deny.empty());
}

TEST_CASE("for a tool that a client allows, the plan has the new name to write") {
  Home home;
  home.write(home.path + "/.claude.json", R"({"mcpServers": {"fs": {"command": "a"}}})");
  home.write(home.path + "/.claude/settings.json",
             R"j({"permissions": {"allow": ["mcp__fs__read"], "ask": ["mcp__*"]}})j");
  const auto claude = plan_register(home.request("claude-code"));
  REQUIRE(claude.ok());
  REQUIRE_EQ(claude->notes.size(), 1);
  CHECK(claude->notes[0].find("\"mcp__callgate__fs__read\"") != std::string::npos);
  CHECK(claude->profile.ask.empty());  // Claude Code still asks about every tool of callgate
  home.write(home.path + "/.config/opencode/opencode.json",
             R"({"mcp": {"fs": {"type": "local", "command": ["a"]}},
                 "permission": {"*": "ask", "fs_read": "allow"}})");
  const auto opencode = plan_register(home.request("opencode"));
  REQUIRE(opencode.ok());
  CHECK(opencode->profile.ask.empty());
  REQUIRE_EQ(opencode->notes.size(), 1);
  CHECK(opencode->notes[0].find("\"callgate_fs__read\"") != std::string::npos);
}

TEST_CASE("a list of servers in a file that the plan does not write is named in a note") {
  Home home;
  home.write(home.path + "/.gemini/settings.json", R"({"mcpServers": {"fs": {"command": "a"}}})");
  home.write(home.machine.project + "/.gemini/settings.json", R"({"mcp": {"allowed": ["fs"]}})");
  const auto plan = plan_register(home.request("gemini"));
  REQUIRE(plan.ok());
  REQUIRE_EQ(plan->notes.size(), 1);
  CHECK(plan->notes[0].find("project/.gemini/settings.json") != std::string::npos);
}

TEST_CASE("the number and the length of a client's rules that are read are limited") {
  Home home;
  const std::string longest = "mcp__fs__" + std::string(256 - 9, '*');
  const auto plan_with = [&](const std::string& rules) {
    home.write(home.path + "/.claude.json", R"({"mcpServers": {"fs": {"command": "a"}}})");
    home.write(home.path + "/.claude/settings.json",
               R"({"permissions": {"deny": [)" + rules + "]}}");
    const auto plan = plan_register(home.request("claude-code"));
    REQUIRE(plan.ok());
    return *plan;
  };
  CHECK(plan_with("\"" + longest + "\"").notes.empty());
  CHECK_EQ(plan_with("\"" + longest + "*\"").notes.size(), 1);
  std::string rules = "\"Bash\"";
  for (int i = 1; i < 4096; ++i) rules += ",\"Bash\"";
  CHECK(plan_with(rules).notes.empty());
  CHECK_EQ(plan_with(rules + ",\"mcp__fs__x\"").notes.size(), 1);
}

TEST_CASE("Gemini's list of allowed servers gets callgate, and its bans stay in effect") {
  Home home;
  home.variables = {{"GH_TOKEN", "x"}};
  const std::string file = home.path + "/.gemini/settings.json";
  const std::string text = R"j({"mcp": {"allowed": ["fs"], "excluded": ["old"]},
    "tools": {"exclude": ["mcp_fs_write", "move", "run_shell_command(rm)"]},
    "mcpServers": {
      "fs": {"command": "a", "env": {"T": "$GH_TOKEN"}, "timeout": 900000},
      "old": {"command": "b"},
      "more": {"command": "c"}
    }})j";
  home.write(file, text);
  REQUIRE(home.register_with("gemini").ok());
  const std::string after = Home::read(file);
  CHECK(after.find(R"("allowed": ["fs", "callgate"])") != std::string::npos);
  CHECK(after.find(R"("GH_TOKEN": "${GH_TOKEN:-}")") != std::string::npos);
  CHECK(after.find(R"("timeout": 900000)") != std::string::npos);
  const LoadedConfig loaded = config_of(home);
  CHECK(loaded.config.servers.at(0).call_timeout == Millis(900'000));
  CHECK_FALSE(loaded.config.servers.at(0).disabled);
  CHECK(loaded.config.servers.at(1).disabled);
  CHECK(loaded.config.servers.at(2).disabled);
  CHECK_EQ(loaded.config.profiles.at(0).policy.deny.at(0).pattern, "fs__write");
  const auto again = plan_register(home.request("gemini"));
  REQUIRE(again.ok());
  CHECK_FALSE(again->writes_client);
  home.write(file, after + "\n");
  CHECK_EQ(home.unregister(), "put back");
  CHECK_EQ(Home::read(file), text + "\n");
}

TEST_CASE(
    "Codex passes on variables that the configuration uses, and its tool lists stay in effect") {
  Home home;
  const std::string file = home.path + "/.codex/config.toml";
  home.write(file,
             "[mcp_servers.gh]\ncommand = \"a\"\nenv_vars = [\"GH_TOKEN\", \"PATH\"]\n"
             "tool_timeout_sec = 600\nenabled_tools = [\"read\"]\ndisabled_tools = [\"write\"]\n");
  REQUIRE(home.register_with("codex").ok());
  const std::string after = Home::read(file);
  CHECK(after.find("env_vars = [\"GH_TOKEN\"]") != std::string::npos);
  CHECK(after.find("tool_timeout_sec = 600") != std::string::npos);
  const ServerConfig server = config_of(home).config.servers.at(0);
  CHECK(server.only == Names{"read"});
  CHECK(server.hide == Names{"write"});
  const auto again = plan_register(home.request("codex"));
  REQUIRE(again.ok());
  CHECK_FALSE(again->writes_client);
  CHECK_EQ(home.unregister(), "exact");
}

TEST_CASE("the variables that a server probably reads are guessed from its command") {
  const Names set = {"AWS_PROFILE",
                     "DOCKER_HOST",
                     "EDITOR",
                     "GH_TOKEN",
                     "GITHUB_TOKEN",
                     "HOME_DIR",
                     "KUBECONFIG",
                     "NODE_ENV",
                     "PGHOST",
                     "SSH_CONNECTION",
                     "TAVILY_API_KEY",
                     "USER_ID",
                     "NODE_EXTRA_CA_CERTS",
                     "SSL_CERT_FILE"};
  const auto missed = [&set](std::string command, Names args) {
    ServerConfig server;
    server.command = std::move(command);
    server.args = std::move(args);
    return variables_missed(server, set);
  };
  CHECK(missed("npx", {"-y", "@modelcontextprotocol/server-github"}) ==
        Names{"GH_TOKEN", "GITHUB_TOKEN"});
  CHECK(missed("uvx", {"awslabs.s3-mcp-server@latest"}) == Names{"AWS_PROFILE"});
  CHECK(missed("npx", {"tavily-mcp@0.1.2"}) == Names{"TAVILY_API_KEY"});
  CHECK(missed("/usr/bin/docker", {"run", "-i", "--rm", "-e", "EDITOR", "-e", "X=1", "mcp/time"}) ==
        Names{"DOCKER_HOST", "EDITOR"});
  CHECK(missed("kubectl-mcp-server", {}) == Names{"KUBECONFIG"});
  CHECK(missed("ssl-checker", {}).empty());  // every server gets SSL_CERT_FILE anyway
  CHECK(missed("node", {"/home/user/github/aws/index.js", "/srv/x"}).empty());
  CHECK(missed("npx", {"-y", "@modelcontextprotocol/server-filesystem", "/home/user"}).empty());
  ServerConfig given;
  given.command = "gh";
  given.env = {{"GH_TOKEN", "x"}};
  given.env_pass = {"GITHUB_TOKEN"};
  CHECK(variables_missed(given, set).empty());
}

TEST_CASE("variables that a client gave to its servers are named, and passed on if requested") {
  Home home;
  home.variables = {{"GH_TOKEN", "t"}, {"KUBECONFIG", "/k"}, {"EDITOR", "vi"}};
  const std::string servers =
      R"({"mcpServers": {"gh": {"command": "npx", "args": ["server-github"]}}})";
  home.write(home.path + "/.cursor/mcp.json", servers);
  const auto plan = plan_register(home.request("cursor"));
  REQUIRE(plan.ok());
  CHECK(plan->servers.at(0).unpassed == Names{"GH_TOKEN"});
  CHECK(plan->servers.at(0).server.env_pass.empty());
  RegisterRequest wanted = home.request("cursor");
  wanted.pass_env = true;
  const auto passing = plan_register(wanted);
  REQUIRE(passing.ok());
  CHECK(passing->servers.at(0).unpassed.empty());
  REQUIRE(carry_out(*passing, home.places, home.now).ok());
  CHECK(config_of(home).config.servers.at(0).env_pass == Names{"GH_TOKEN"});
  // The same server of another client is recognised, whatever variables it is passed.
  home.write(home.path + "/.codeium/windsurf/mcp_config.json", servers);
  const auto second = plan_register(home.request("windsurf"));
  REQUIRE(second.ok());
  CHECK(second->servers.at(0).decision == ImportDecision::Present);
  CHECK(second->servers.at(0).unpassed.empty());
  // Clients that pass no variables, or no secrets, to their servers have no such variables to name.
  home.write(home.path + "/.codex/config.toml",
             "[mcp_servers.h]\ncommand = \"helm\"\n[mcp_servers.g]\ncommand = \"gh\"\n");
  const auto third = plan_register(home.request("codex"));
  for (const ServerImport& each : third->servers) CHECK(each.unpassed.empty());
  home.write(home.path + "/.gemini/settings.json",
             R"({"mcpServers": {"h": {"command": "helm"}, "g": {"command": "gh"}}})");
  const auto gemini = plan_register(home.request("gemini"));
  REQUIRE(gemini.ok());
  CHECK(gemini->servers.at(0).unpassed == Names{"KUBECONFIG"});
  CHECK(gemini->servers.at(1).unpassed.empty());
}

TEST_CASE("the variables that a client withholds from callgate follow from its entry") {
  Home home;
  home.variables = {{"GH_TOKEN", "t"}, {"PLAIN", "p"}};
  home.machine.set = {"GH_TOKEN", "PLAIN"};
  home.write(home.places.config_file,
             R"({"mcpServers": {"g": {"command": "a", "env": {"T": "${env:GH_TOKEN}"},
                 "env_pass": ["PLAIN", "UNSET"]}}})");
  const auto withheld = [&](const char* client, const std::string& path, const std::string& text) {
    home.write(home.path + path, text);
    for (const ClientInspection& look :
         inspect_clients(home.machine, home.places, "/usr/bin/callgate"))
      if (look.file.client->id == client && !look.own.empty())
        return variables_withheld(*look.file.client, look.own.front(),
                                  config_of(home).config.servers, home.machine);
    return Names{"no entry"};
  };
  const std::string codex = "[mcp_servers.callgate]\ncommand = \"/usr/bin/callgate\"\n";
  CHECK(withheld("codex", "/.codex/config.toml", codex) == Names{"GH_TOKEN", "PLAIN"});
  CHECK(withheld("codex", "/.codex/config.toml", codex + "env_vars = [\"GH_TOKEN\", \"PLAIN\"]\n")
            .empty());
  const std::string gemini = R"({"mcpServers": {"callgate": {"command": "/usr/bin/callgate")";
  CHECK(withheld("gemini", "/.gemini/settings.json", gemini + "}}}") == Names{"GH_TOKEN"});
  CHECK(withheld("gemini", "/.gemini/settings.json",
                 gemini + R"(, "env": {"GH_TOKEN": "${GH_TOKEN:-}"}}}})")
            .empty());
  CHECK(withheld("cursor", "/.cursor/mcp.json", gemini + "}}}").empty());
}

TEST_CASE("each client that shares a configuration sees only the servers that it had") {
  Home home;
  home.write(home.path + "/.cursor/mcp.json",
             R"({"mcpServers": {"fs": {"command": "a"}, "db": {"command": "b"}}})");
  home.write(home.path + "/.codeium/windsurf/mcp_config.json",
             R"({"mcpServers": {"fs": {"command": "a"}, "web": {"command": "c"}}})");
  REQUIRE(home.register_with("cursor").ok());
  CHECK(config_of(home).config.profiles.empty());
  const auto plan = plan_register(home.request("windsurf"));
  REQUIRE(plan.ok());
  CHECK_EQ(plan->profile.name, "windsurf");
  CHECK_FALSE(plan->notes.empty());
  REQUIRE(home.register_with("windsurf").ok());
  REQUIRE(home.register_with("cursor").ok());
  const LoadedConfig loaded = config_of(home);
  CHECK(loaded.errors.empty());
  CHECK_EQ(loaded.config.servers.size(), 3);
  REQUIRE_EQ(loaded.config.profiles.size(), 2);
  CHECK(loaded.config.profiles[0].servers == Names{"fs", "web"});
  CHECK(loaded.config.profiles[1].servers == Names{"db", "fs"});
}

}  // namespace callgate
