#include <set>

#include "callgate/wire/message.h"
#include "desktop_support.h"

namespace callgate {

namespace {

std::string path_of(const Home& home, std::string_view client,
                    ClientScope scope = ClientScope::User) {
  std::string path = home.file(client, scope).path;
  if (path.starts_with(home.path)) path = "~" + path.substr(home.path.size());
  return path;
}

/// Returns the folder of an npm package that has the same facts: CALLGATE_ORACLE, or else the
/// folder into which `npm ci` in tests/desktop installs it.
std::string oracle() {
  if (const char* const folder = std::getenv("CALLGATE_ORACLE")) return folder;
  const std::filesystem::path here = std::filesystem::path(__FILE__).parent_path();
  return (here / "../desktop/node_modules/@gleanwork/mcp-config-schema/configs").string();
}

void compare(const ClientApp& ours, Value theirs, Home& home) {
  const auto same_path = [&](bool macos, std::string path) {
    home.machine.macos = macos;
    if (path.starts_with("$HOME")) path = home.path + path.substr(5);
    CHECK_EQ(find_file(ours, ClientScope::User, home.machine)->path, path);
  };
  same_path(false, theirs.at_pointer("/configPath/linux").text());
  same_path(true, theirs.at_pointer("/configPath/darwin").text());
  const std::string format = theirs.find("configFormat").text();
  CHECK_EQ(ours.format == ConfigFormat::Json, format == "json");
  CHECK_EQ(ours.format == ConfigFormat::Toml, format == "toml");
  const Value structure = theirs.find("configStructure");
  CHECK_EQ(std::string(ours.files[0].servers[0]), structure.find("serversPropertyName").text());
  const Value stdio = structure.find("stdioPropertyMapping");
  CHECK_EQ(std::string(ours.fields.command), stdio.find("commandProperty").text());
  CHECK_EQ(std::string(ours.fields.args), stdio.find("argsProperty").text());
  CHECK_EQ(std::string(ours.fields.env), stdio.find("envProperty").text());
  const Value http = structure.find("httpPropertyMapping");
  if (!http) return;
  CHECK_EQ(std::string(ours.fields.urls[0]), http.find("urlProperty").text());
  if (const Value headers = http.find("headersProperty"))
    CHECK_EQ(std::string(ours.fields.headers), headers.text());
  if (const Value type = http.find("typeProperty"))
    CHECK_EQ(std::string(ours.fields.type), type.text());
}

}  // namespace

TEST_CASE("every row of the table of clients is complete, and the rows are sorted") {
  std::string before;
  for (const ClientApp& client : all_clients()) {
    CAPTURE(client.id);
    CHECK(before < client.id);
    before = client.id;
    CHECK_FALSE(client.title.empty());
    CHECK_FALSE(client.files.empty());
    Walker walker;
    CHECK(walker.walk(std::string(client.fields.written)).ok());
    for (const ClientFile& file : client.files) CHECK_FALSE(file.servers.empty());
  }
  CHECK_EQ(all_clients().size(), 22);
}

TEST_CASE("files are found on Linux and on macOS") {
  Home home;
  CHECK_EQ(path_of(home, "claude-desktop"), "~/.config/Claude/claude_desktop_config.json");
  CHECK_EQ(path_of(home, "vscode"), "~/.config/Code/User/mcp.json");
  CHECK_EQ(path_of(home, "vscode", ClientScope::Project), "~/project/.vscode/mcp.json");
  CHECK_EQ(path_of(home, "codex"), "~/.codex/config.toml");
  home.variables = {{"XDG_CONFIG_HOME", "/x/"}, {"CODEX_HOME", "/c"}, {"CLAUDE_CONFIG_DIR", "rel"}};
  CHECK_EQ(path_of(home, "claude-desktop"), "/x/Claude/claude_desktop_config.json");
  CHECK_EQ(path_of(home, "codex"), "/c/config.toml");
  CHECK_EQ(path_of(home, "claude-code"), "~/.claude.json");  // a relative folder is ignored
  home.machine.macos = true;
  CHECK_EQ(path_of(home, "claude-desktop"),
           "~/Library/Application Support/Claude/claude_desktop_config.json");
  CHECK_EQ(path_of(home, "zed"), "~/.config/zed/settings.json");
}

TEST_CASE("if a client has several possible files, the one that exists is used") {
  Home home;
  CHECK_EQ(path_of(home, "opencode"), "~/.config/opencode/opencode.json");
  home.write(home.path + "/.config/opencode/opencode.jsonc", "{}");
  CHECK_EQ(path_of(home, "opencode"), "~/.config/opencode/opencode.jsonc");
  CHECK_FALSE(find_file(*find_client("windsurf"), ClientScope::Project, home.machine));
  CHECK_EQ(home.file("claude-code", ClientScope::Local).servers,
           std::vector<std::string>{"projects", home.path + "/project", "mcpServers"});
}

TEST_CASE("the facts equal those of an independent table, if it is installed") {
  int compared = 0;
  for (const ClientApp& client : all_clients()) {
    const std::string file = oracle() + "/" + std::string(client.id) + ".json";
    if (!std::filesystem::exists(file)) continue;
    CAPTURE(client.id);
    Walker walker;
    const auto message = walker.walk(Home::read(file));
    REQUIRE(message.ok());
    Home home;
    compare(client, (*message)->root(), home);
    ++compared;
  }
  MESSAGE("clients compared: " << compared);
}

}  // namespace callgate
