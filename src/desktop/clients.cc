#include "callgate/desktop/clients.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace callgate {

namespace {

using enum ConfigFormat;
using enum ClientScope;
using Paths = std::vector<ClientFile>;

ClientFields with_type(std::string_view written) { return {.type = "type", .written = written}; }

std::vector<ClientApp> rows() {
  return {
      {"antigravity",
       "Antigravity",
       Json,
       {{User,
         "~/.gemini/antigravity/mcp_config.json",
         "~/.gemini/antigravity/mcp_config.json",
         {"mcpServers"}},
        {User,
         "~/.gemini/config/mcp_config.json",
         "~/.gemini/config/mcp_config.json",
         {"mcpServers"}}},
       {.urls = {"serverUrl", "url"}},
       VariableSyntax::None},
      {"claude-code",
       "Claude Code",
       Json,
       {{User,
         "${CLAUDE_CONFIG_DIR:-~}/.claude.json",
         "${CLAUDE_CONFIG_DIR:-~}/.claude.json",
         {"mcpServers"}},
        {Project, "./.mcp.json", "./.mcp.json", {"mcpServers"}},
        {Local,
         "${CLAUDE_CONFIG_DIR:-~}/.claude.json",
         "${CLAUDE_CONFIG_DIR:-~}/.claude.json",
         {"projects", ".", "mcpServers"}}},
       with_type(R"({"type":"stdio"})"),
       VariableSyntax::Shell},
      {"claude-desktop",
       "Claude Desktop",
       Json,
       {{User,
         "${XDG_CONFIG_HOME:-~/.config}/Claude/claude_desktop_config.json",
         "~/Library/Application Support/Claude/claude_desktop_config.json",
         {"mcpServers"}}},
       {},
       VariableSyntax::None},
      {"cline",
       "Cline",
       Json,
       {{User,
         "${XDG_CONFIG_HOME:-~/.config}/Code/User/globalStorage/saoudrizwan.claude-dev/settings/"
         "cline_mcp_settings.json",
         "~/Library/Application Support/Code/User/globalStorage/saoudrizwan.claude-dev/settings/"
         "cline_mcp_settings.json",
         {"mcpServers"}},
        {User,
         "~/.cline/data/settings/cline_mcp_settings.json",
         "~/.cline/data/settings/cline_mcp_settings.json",
         {"mcpServers"}}},
       {.type = "type"},
       VariableSyntax::Editor},
      {"codex",
       "Codex",
       Toml,
       {{User,
         "${CODEX_HOME:-~/.codex}/config.toml",
         "${CODEX_HOME:-~/.codex}/config.toml",
         {"mcp_servers"}},
        {Project, "./.codex/config.toml", "./.codex/config.toml", {"mcp_servers"}}},
       {.headers = "http_headers", .disabled = "", .enabled = "enabled"},
       VariableSyntax::None},
      {"cursor",
       "Cursor",
       Json,
       {{User, "~/.cursor/mcp.json", "~/.cursor/mcp.json", {"mcpServers"}},
        {Project, "./.cursor/mcp.json", "./.cursor/mcp.json", {"mcpServers"}}},
       with_type(R"({"type":"stdio"})"),
       VariableSyntax::Editor},
      {"gemini",
       "Gemini CLI",
       Json,
       {{User, "~/.gemini/settings.json", "~/.gemini/settings.json", {"mcpServers"}},
        {Project, "./.gemini/settings.json", "./.gemini/settings.json", {"mcpServers"}}},
       {.urls = {"httpUrl", "url"}, .type = "type"},
       VariableSyntax::Dollar},
      {"goose",
       "Goose",
       Yaml,
       {{User,
         "${XDG_CONFIG_HOME:-~/.config}/goose/config.yaml",
         "~/.config/goose/config.yaml",
         {"extensions"}}},
       {.command = "cmd",
        .env = "envs",
        .urls = {"uri", "url"},
        .disabled = "",
        .enabled = "enabled",
        .type = "type",
        .written =
            R"({"enabled":true,"type":"stdio","name":"callgate","description":"","timeout":300})"},
       VariableSyntax::Shell},
      {"junie",
       "Junie",
       Json,
       {{User, "~/.junie/mcp/mcp.json", "~/.junie/mcp/mcp.json", {"mcpServers"}},
        {Project, "./.junie/mcp/mcp.json", "./.junie/mcp/mcp.json", {"mcpServers"}}},
       {.enabled = "enabled", .type = "type"},
       VariableSyntax::None},
      {"opencode",
       "opencode",
       Json,
       {{User,
         "${XDG_CONFIG_HOME:-~/.config}/opencode/opencode.json",
         "${XDG_CONFIG_HOME:-~/.config}/opencode/opencode.json",
         {"mcp"}},
        {User,
         "${XDG_CONFIG_HOME:-~/.config}/opencode/opencode.jsonc",
         "${XDG_CONFIG_HOME:-~/.config}/opencode/opencode.jsonc",
         {"mcp"}},
        {Project, "./opencode.json", "./opencode.json", {"mcp"}},
        {Project, "./opencode.jsonc", "./opencode.jsonc", {"mcp"}}},
       {.args = "command",
        .env = "environment",
        .disabled = "",
        .enabled = "enabled",
        .type = "type",
        .stdio_type = "local",
        .written = R"({"type":"local","enabled":true})"},
       VariableSyntax::Braces},
      {"vscode",
       "VS Code",
       Json,
       {{User,
         "${XDG_CONFIG_HOME:-~/.config}/Code/User/mcp.json",
         "~/Library/Application Support/Code/User/mcp.json",
         {"servers"}},
        {Project, "./.vscode/mcp.json", "./.vscode/mcp.json", {"servers"}}},
       with_type(R"({"type":"stdio"})"),
       VariableSyntax::Editor},
      {"windsurf",
       "Windsurf",
       Json,
       {{User,
         "~/.codeium/windsurf/mcp_config.json",
         "~/.codeium/windsurf/mcp_config.json",
         {"mcpServers"}}},
       {.urls = {"serverUrl", "url"}},
       VariableSyntax::Editor},
      {"zed",
       "Zed",
       Json,
       {{User,
         "${XDG_CONFIG_HOME:-~/.config}/zed/settings.json",
         "~/.config/zed/settings.json",
         {"context_servers"}},
        {Project, "./.zed/settings.json", "./.zed/settings.json", {"context_servers"}}},
       {.disabled = "", .enabled = "enabled", .type = "source", .stdio_type = "custom"},
       VariableSyntax::None},
  };
}

std::string with_home(std::string_view path, const Machine& machine) {
  if (path == "~") return machine.home;
  if (path.starts_with("~/")) return machine.home + std::string(path.substr(1));
  return std::string(path);
}

/// `${X:-~/y}/rest`, `~/x` or `./x`. A relative value of a variable is ignored, as XDG says.
std::string expanded(std::string_view path, const Machine& machine) {
  if (path.starts_with("./")) return machine.project + std::string(path.substr(1));
  if (!path.starts_with("${")) return with_home(path, machine);
  const size_t bar = path.find(":-"), end = path.find('}');
  const auto value = machine.variable(std::string(path.substr(2, bar - 2)));
  std::string base = value && value->starts_with('/')
                         ? *value
                         : with_home(path.substr(bar + 2, end - bar - 2), machine);
  while (base.size() > 1 && base.back() == '/') base.pop_back();
  return base + std::string(path.substr(end + 1));
}

}  // namespace

const std::vector<ClientApp>& all_clients() {
  static const std::vector<ClientApp> all = rows();
  return all;
}

const ClientApp* find_client(std::string_view id) {
  for (const ClientApp& client : all_clients())
    if (client.id == id) return &client;
  return nullptr;
}

const char* scope_word(ClientScope scope) {
  switch (scope) {
    case User:
      return "user";
    case Project:
      return "project";
    case Local:
      return "local";
  }
  return "";
}

Machine this_machine(const std::string& home) {
  Machine machine;
#ifdef __APPLE__
  machine.macos = true;
#endif
  machine.home = home;
  std::error_code none;
  machine.project = std::filesystem::current_path(none).string();
  machine.variable = [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value && *value ? std::optional<std::string>(value) : std::nullopt;
  };
  return machine;
}

std::optional<FoundFile> find_file(const ClientApp& client, ClientScope scope,
                                   const Machine& machine) {
  std::optional<FoundFile> first;
  for (const ClientFile& file : client.files) {
    const std::string_view path = machine.macos ? file.macos_path : file.linux_path;
    if (file.scope != scope || path.empty()) continue;
    FoundFile found{&client, &file, expanded(path, machine), {}, false};
    for (std::string_view key : file.servers)
      found.servers.push_back(key == "." ? machine.project : std::string(key));
    struct stat about {};
    found.exists = ::lstat(found.path.c_str(), &about) == 0;
    if (found.exists) return found;
    if (!first) first = std::move(found);
  }
  return first;
}

}  // namespace callgate
