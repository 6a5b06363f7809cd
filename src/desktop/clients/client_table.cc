// Where each client keeps its configuration, and which keys it uses there. To support a new client,
// add a row.
#include "client_table.h"

#include <iterator>
#include <utility>

namespace callgate {

namespace {

using enum ConfigFormat;
using enum ClientScope;

ClientFields with_type(std::string_view written) { return {.type = "type", .written = written}; }

/// Returns the fields of Gemini CLI. Qwen Code uses the same.
ClientFields fields_of_gemini() {
  return {.urls = {"httpUrl", "url"},
          .type = "type",
          .call_timeout = {"timeout", 1},
          .sign_in = {.object = "oauth",
                      .id = "clientId",
                      .secret = "clientSecret",
                      .scopes = "scopes",
                      .redirect_uri = "redirectUri",
                      .host = "localhost",
                      .path = "/oauth/callback",
                      .usual_port = 7777}};
}

/// Returns the field names of opencode. Kilo Code uses the same names.
ClientFields fields_of_opencode() {
  return {.args = "command",
          .env = "environment",
          .disabled = "",
          .enabled = "enabled",
          .type = "type",
          .stdio_type = "local",
          .written = R"({"type":"local","enabled":true})",
          .sign_in = {.object = "oauth",
                      .id = "clientId",
                      .secret = "clientSecret",
                      .scopes = "scope",
                      .redirect_uri = "redirectUri",
                      .port = "callbackPort",
                      .host = "127.0.0.1",
                      .path = "/mcp/oauth/callback",
                      .usual_port = 19876}};
}

/// Returns a row for a file that has the same path on every system. `key` is the key under which
/// the file has its servers.
ClientFile everywhere(ClientScope scope, std::string_view path, std::string_view key) {
  return {scope, path, path, {key}};
}

ClientFile only_read(ClientFile file) {
  file.only_read = true;
  return file;
}

std::vector<ClientApp> rows_to_i() {
  return {
      {"antigravity",
       "Antigravity",
       Json,
       {everywhere(User, "~/.gemini/antigravity/mcp_config.json", "mcpServers"),
        everywhere(User, "~/.gemini/config/mcp_config.json", "mcpServers")},
       {.urls = {"serverUrl", "url"}},
       VariableSyntax::None},
      {"claude-code",
       "Claude Code",
       Json,
       {everywhere(User, "${CLAUDE_CONFIG_DIR:-~}/.claude.json", "mcpServers"),
        everywhere(Project, "./.mcp.json", "mcpServers"),
        {Local,
         "${CLAUDE_CONFIG_DIR:-~}/.claude.json",
         "${CLAUDE_CONFIG_DIR:-~}/.claude.json",
         {"projects", ".", "mcpServers"}}},
       {.type = "type",
        .written = R"({"type":"stdio"})",
        .call_timeout = {"timeout", 1},
        .sign_in = {.object = "oauth",
                    .id = "clientId",
                    .scopes = "scopes",
                    .port = "callbackPort",
                    .host = "localhost",
                    .path = "/callback"}},
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
        everywhere(User, "~/.cline/data/settings/cline_mcp_settings.json", "mcpServers")},
       {.type = "type", .call_timeout = {"timeout", 1000}},
       VariableSyntax::Editor},
      {"codex",
       "Codex",
       Toml,
       {everywhere(User, "${CODEX_HOME:-~/.codex}/config.toml", "mcp_servers"),
        everywhere(Project, "./.codex/config.toml", "mcp_servers")},
       {.headers = "http_headers",
        .disabled = "",
        .enabled = "enabled",
        .call_timeout = {"tool_timeout_sec", 1000},
        .env_names = "env_vars",
        .sign_in = {.object = "oauth", .id = "client_id", .scopes = "scopes"}},
       VariableSyntax::None,
       ClientEnvironment::Short},
      {"continue",
       "Continue",
       YamlList,
       // mcp.json is first, so that callgate creates this file if no file exists. If callgate
       // created a config.yaml, Continue would no longer read an older config.json.
       {everywhere(User, "${CONTINUE_GLOBAL_DIR:-~/.continue}/mcpServers/mcp.json", "mcpServers"),
        everywhere(User, "${CONTINUE_GLOBAL_DIR:-~/.continue}/config.yaml", "mcpServers"),
        everywhere(User, "${CONTINUE_GLOBAL_DIR:-~/.continue}/mcpServers/*", "mcpServers"),
        everywhere(Project, "./.continue/mcpServers/mcp.json", "mcpServers"),
        everywhere(Project, "./.continue/mcpServers/*", "mcpServers")},
       with_type(R"({"type":"stdio"})"),
       VariableSyntax::Inputs,
       ClientEnvironment::Short},
      {"copilot",
       "GitHub Copilot CLI",
       Json,
       {everywhere(User, "${COPILOT_HOME:-~/.copilot}/mcp-config.json", "mcpServers"),
        everywhere(Project, "./.github/mcp.json", "mcpServers")},
       {.type = "type",
        .stdio_type = "local",
        .written = R"({"type":"local","tools":["*"]})",
        .call_timeout = {"timeout", 1},
        .sign_in = {.id = "oauthClientId"}},
       VariableSyntax::Shell},
      {"crush",
       "Crush",
       Json,
       // Callgate never changes the file in the data folder, because Crush writes its own choices
       // to it.
       {everywhere(User, "${CRUSH_GLOBAL_CONFIG:-${XDG_CONFIG_HOME:-~/.config}/crush}/crush.json",
                   "mcp"),
        only_read(everywhere(
            User, "${CRUSH_GLOBAL_CONFIG:-${XDG_CONFIG_HOME:-~/.config}/crush}/crushrc", "mcp")),
        only_read(everywhere(User,
                             "${CRUSH_GLOBAL_DATA:-${XDG_DATA_HOME:-~/.local/share}/crush}"
                             "/crush.json",
                             "mcp")),
        everywhere(Project, "./.crush.json", "mcp"), everywhere(Project, "./crush.json", "mcp"),
        only_read(everywhere(Project, "./.crushrc", "mcp")),
        only_read(everywhere(Project, "./crushrc", "mcp"))},
       {.type = "type", .written = R"({"type":"stdio"})", .call_timeout = {"timeout", 1000}},
       VariableSyntax::Dollar},
      {"cursor",
       "Cursor",
       Json,
       {everywhere(User, "~/.cursor/mcp.json", "mcpServers"),
        everywhere(Project, "./.cursor/mcp.json", "mcpServers")},
       {.type = "type",
        .written = R"({"type":"stdio"})",
        .sign_in = {.object = "auth",
                    .id = "CLIENT_ID",
                    .secret = "CLIENT_SECRET",
                    .scopes = "scopes",
                    .host = "localhost",
                    .path = "/callback",
                    .usual_port = 8787}},
       VariableSyntax::Editor},
      {"droid",
       "Factory Droid",
       Json,
       {everywhere(User, "~/.factory/mcp.json", "mcpServers"),
        everywhere(Project, "./.factory/mcp.json", "mcpServers")},
       with_type(R"({"type":"stdio","disabled":false})"),
       VariableSyntax::Shell},
      {"gemini",
       "Gemini CLI",
       Json,
       {everywhere(User, "~/.gemini/settings.json", "mcpServers"),
        everywhere(Project, "./.gemini/settings.json", "mcpServers")},
       fields_of_gemini(),
       VariableSyntax::Dollar,
       ClientEnvironment::Redacted},
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
            R"({"enabled":true,"type":"stdio","name":"callgate","description":"","timeout":300})",
        .call_timeout = {"timeout", 1000}},
       VariableSyntax::Shell},
  };
}

std::vector<ClientApp> rows_from_j() {
  return {
      {"junie",
       "Junie",
       Json,
       {everywhere(User, "~/.junie/mcp/mcp.json", "mcpServers"),
        everywhere(Project, "./.junie/mcp/mcp.json", "mcpServers")},
       {.enabled = "enabled", .type = "type"},
       VariableSyntax::None},
      {"kilocode",
       "Kilo Code",
       Json,
       {everywhere(User, "${XDG_CONFIG_HOME:-~/.config}/kilo/kilo.json", "mcp"),
        everywhere(User, "${XDG_CONFIG_HOME:-~/.config}/kilo/kilo.jsonc", "mcp"),
        everywhere(Project, "./kilo.json", "mcp"), everywhere(Project, "./kilo.jsonc", "mcp"),
        everywhere(Project, "./.kilo/kilo.json", "mcp"),
        everywhere(Project, "./.kilo/kilo.jsonc", "mcp")},
       fields_of_opencode(),
       VariableSyntax::Braces},
      {"kiro",
       "Kiro",
       Json,
       {everywhere(User, "~/.kiro/settings/mcp.json", "mcpServers"),
        everywhere(Project, "./.kiro/settings/mcp.json", "mcpServers")},
       {},
       VariableSyntax::Shell},
      {"lm-studio",
       "LM Studio",
       Json,
       {everywhere(User, "~/.lmstudio/mcp.json", "mcpServers")},
       {},
       VariableSyntax::None},
      {"opencode",
       "opencode",
       Json,
       {everywhere(User, "${XDG_CONFIG_HOME:-~/.config}/opencode/opencode.json", "mcp"),
        everywhere(User, "${XDG_CONFIG_HOME:-~/.config}/opencode/opencode.jsonc", "mcp"),
        everywhere(Project, "./opencode.json", "mcp"),
        everywhere(Project, "./opencode.jsonc", "mcp")},
       fields_of_opencode(),
       VariableSyntax::Braces},
      {"qwen",
       "Qwen Code",
       Json,
       {everywhere(User, "~/.qwen/settings.json", "mcpServers"),
        everywhere(Project, "./.qwen/settings.json", "mcpServers")},
       fields_of_gemini(),
       VariableSyntax::Dollar},
      {"vscode",
       "VS Code",
       Json,
       {{User,
         "${XDG_CONFIG_HOME:-~/.config}/Code/User/mcp.json",
         "~/Library/Application Support/Code/User/mcp.json",
         {"servers"}},
        everywhere(Project, "./.vscode/mcp.json", "servers")},
       {.type = "type",
        .either_type = "http",
        .written = R"({"type":"stdio"})",
        .sign_in = {.object = "oauth", .id = "clientId"}},
       VariableSyntax::Editor},
      {"warp",
       "Warp",
       Json,
       {everywhere(User, "~/.warp/.mcp.json", "mcpServers"),
        everywhere(Project, "./.warp/.mcp.json", "mcpServers")},
       {.cwd = "working_directory"},
       VariableSyntax::None},
      {"windsurf",
       "Windsurf",
       Json,
       {everywhere(User, "~/.codeium/windsurf/mcp_config.json", "mcpServers")},
       {.urls = {"serverUrl", "url"}},
       VariableSyntax::Editor},
      {"zed",
       "Zed",
       Json,
       {{User,
         "${XDG_CONFIG_HOME:-~/.config}/zed/settings.json",
         "~/.config/zed/settings.json",
         {"context_servers"}},
        everywhere(Project, "./.zed/settings.json", "context_servers")},
       {.disabled = "", .enabled = "enabled", .type = "source", .stdio_type = "custom"},
       VariableSyntax::None},
  };
}

}  // namespace

std::vector<ClientApp> client_table() {
  std::vector<ClientApp> all = rows_to_i();
  std::vector<ClientApp> more = rows_from_j();
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  return all;
}

}  // namespace callgate
