#include "rule_sources.h"

namespace callgate {

namespace {

using enum RuleEffect;
using enum RuleGrammar;
using Sources = std::vector<RuleSource>;

/// Adds the lists of {"permissions": {"deny": [], "ask": [], "allow": []}}.
void add_permissions(Sources& all, std::string_view client, std::string_view path,
                     RuleGrammar grammar) {
  all.push_back({client, path, {"permissions", "deny"}, grammar, Deny});
  all.push_back({client, path, {"permissions", "ask"}, grammar, Ask});
  all.push_back({client, path, {"permissions", "allow"}, grammar, Allow});
}

void add_gemini(Sources& all, std::string_view client, std::string_view path) {
  all.push_back({client, path, {"tools", "exclude"}, Gemini, Deny});
  all.push_back({client, path, {"excludeTools"}, Gemini, Deny});
  all.push_back({client, path, {"tools", "allowed"}, Gemini, Allow});
  all.push_back({client, path, {"mcp", "excluded"}, Server, Off});
  all.push_back({client, path, {"excludeMCPServers"}, Server, Off});
  all.push_back({client, path, {"mcp", "allowed"}, Server, Only});
  all.push_back({client, path, {"allowMCPServers"}, Server, Only});
}

void add_opencode(Sources& all, std::string_view client, std::string_view path) {
  all.push_back({client, path, {"tools"}, Underscore, Deny});
  all.push_back({client, path, {"permission"}, Underscore, Deny});
  for (const char* agents : {"agent", "mode"})
    all.push_back({client, path, {agents}, Agents, Deny});
}

Sources sources() {
  Sources all;
  for (const char* path : {"${CLAUDE_CONFIG_DIR:-~/.claude}/settings.json",
                           "./.claude/settings.json", "./.claude/settings.local.json"}) {
    add_permissions(all, "claude-code", path, DoubleUnderscore);
    all.push_back({"claude-code", path, {"disabledMcpjsonServers"}, Server, Off});
    all.push_back({"claude-code", path, {"deniedMcpServers"}, Server, Off});
  }
  for (const char* key : {"disabledMcpServers", "disabledMcpjsonServers"})
    all.push_back({"claude-code",
                   "${CLAUDE_CONFIG_DIR:-~}/.claude.json",
                   {"projects", ".", key},
                   Server,
                   Off});
  for (const char* path :
       {"${COPILOT_HOME:-~/.copilot}/config.json", "${COPILOT_HOME:-~/.copilot}/settings.json"})
    for (const char* key : {"disabledMcpServers", "disabled_mcp_servers"})
      all.push_back({"copilot", path, {key}, Server, Off});
  for (const char* path : {"${CRUSH_GLOBAL_CONFIG:-${XDG_CONFIG_HOME:-~/.config}/crush}/crush.json",
                           "./.crush.json", "./crush.json"})
    all.push_back({"crush", path, {"options", "disabled_tools"}, Gemini, Deny});
  for (const char* path : {"~/.cursor/cli-config.json", "./.cursor/cli.json"})
    add_permissions(all, "cursor", path, Call);
  for (const char* path : {"~/.gemini/settings.json", "./.gemini/settings.json"})
    add_gemini(all, "gemini", path);
  constexpr std::string_view kGoose = "${XDG_CONFIG_HOME:-~/.config}/goose/permission.yaml";
  all.push_back({"goose", kGoose, {"user", "never_allow"}, Extension, Deny});
  all.push_back({"goose", kGoose, {"user", "ask_before"}, Extension, Ask});
  all.push_back({"goose", kGoose, {"user", "always_allow"}, Extension, Allow});
  for (const char* path : {"${XDG_CONFIG_HOME:-~/.config}/kilo/kilo.json",
                           "${XDG_CONFIG_HOME:-~/.config}/kilo/kilo.jsonc", "./kilo.json",
                           "./kilo.jsonc", "./.kilo/kilo.json", "./.kilo/kilo.jsonc"})
    add_opencode(all, "kilocode", path);
  for (const char* path : {"${XDG_CONFIG_HOME:-~/.config}/opencode/opencode.json",
                           "${XDG_CONFIG_HOME:-~/.config}/opencode/opencode.jsonc",
                           "./opencode.json", "./opencode.jsonc"})
    add_opencode(all, "opencode", path);
  for (const char* path : {"~/.qwen/settings.json", "./.qwen/settings.json"}) {
    add_gemini(all, "qwen", path);
    add_permissions(all, "qwen", path, DoubleUnderscore);
  }
  for (const char* path :
       {"${XDG_CONFIG_HOME:-~/.config}/zed/settings.json", "./.zed/settings.json"})
    all.push_back({"zed", path, {"agent", "tool_permissions", "tools"}, Colon, Deny});
  return all;
}

}  // namespace

const std::vector<RuleSource>& rule_sources() {
  static const auto& all = *new Sources(sources());
  return all;
}

}  // namespace callgate
