#include "callgate/wire/message.h"
#include "desktop_support.h"

namespace callgate {

namespace {

const char* const kSix = R"({
  // six of them
  "globalShortcut": "",
  "mcpServers": {
    "filesystem": { "command": "npx", "args": ["-y", "@modelcontextprotocol/server-filesystem", "/home/me"] },
    "github": { "command": "docker", "args": ["run", "-i"], "env": { "GITHUB_TOKEN": "ghp_abc" } },
    "linear": { "url": "https://mcp.linear.app/mcp" },
    "memory": { "command": "uvx", "args": ["m"], "disabled": true },
    "a b": { "command": "x" },
    "ünï": { "command": "y" },
  },
  "preferences": { "deep": [1, 2, { "x": null }] }
}
)";

std::vector<std::string> servers_of(const Home& home) {
  const LoadedConfig loaded = load_config(home.places.config_file, home.path);
  CHECK_MESSAGE(loaded.errors.empty(), (loaded.errors.empty() ? "" : loaded.errors[0].text()));
  std::vector<std::string> names;
  for (const ServerConfig& each : loaded.config.servers) names.push_back(each.name);
  return names;
}

mode_t mode_of(const std::string& path) {
  struct stat about {};
  REQUIRE_EQ(::lstat(path.c_str(), &about), 0);
  return about.st_mode & 07777;
}

}  // namespace

TEST_CASE(
    "registering moves six servers and leaves one entry, and unregistering restores every byte") {
  Home home;
  const std::string file = home.file("claude-desktop").path;
  home.write(file, kSix);
  ::chmod(file.c_str(), 0640);
  const auto done = home.register_with("claude-desktop");
  REQUIRE_MESSAGE(done.ok(), (done ? "" : done.error().text()));
  CHECK_EQ(servers_of(home),
           std::vector<std::string>{"filesystem", "github", "linear", "memory", "a b", "ünï"});
  CHECK_EQ(mode_of(file), 0640);
  CHECK_EQ(mode_of(home.places.config_file), 0600);
  CHECK_EQ(mode_of(done->backup), 0700);
  CHECK_EQ(mode_of(done->backup + "/original"), 0600);
  const auto now = read_json_document(Home::read(file), {"mcpServers"});
  REQUIRE(now.ok());
  REQUIRE_EQ((*now)->entries().size(), 1);
  CHECK((*now)->entries()[0].json.find("/usr/bin/callgate") != std::string::npos);
  CHECK(Home::read(file).find("// six of them") != std::string::npos);
  CHECK_EQ(home.unregister(), "exact");
  CHECK_EQ(Home::read(file), kSix);
  CHECK_EQ(mode_of(file), 0640);
  CHECK(registrations(home.places).empty());
  CHECK_EQ(servers_of(home).size(), 6);
}

TEST_CASE("every client's file is registered and restored, also unusual ones") {
  const std::map<std::string, std::vector<std::string>> files = {
      {"json",
       {"", "{}", "\xEF\xBB\xBF{}\r\n", "// only a comment\n", "{\"KEY\":{}}", "{ \"KEY\": { } , }",
        "{\r\n\t\"KEY\": {\r\n\t\t\"s\": {\"command\": \"c\"}, // s\r\n\t},\r\n}",
        "{\"z\":[1,{\"KEY\":{\"no\":1}}],\"KEY\":{\"s\":{\"command\":\"c\",\"args\":[\"\\u00e9\"]}}"
        "}",
        "/* a */ { /* b */ \"KEY\" /* c */ : /* d */ { /* e */ \"s\" /* f */ : { /* g */ } /* h */ "
        ", /* i */ } /* j */ }"}},
      {"toml",
       {"", "# c", "a = 1",
        "\xEF\xBB\xBF"
        "a = 1\r\n\r\n[KEY.s]\r\ncommand = \"c\"\r\n",
        "[KEY.s]\ncommand = 'c'\n\n[KEY.t]\ncommand = \"d\"\n[other]\nx = 1\n[KEY.s.env]\nA = "
        "\"b\"",
        "[KEY]\ns = { command = \"c\" } # s\n\n[x]"}},
      {"yaml",
       {"", "# c", "KEY: {}", "a: 1\nKEY:\n  s:\n    type: stdio\n    cmd: c\n",
        "\xEF\xBB\xBFKEY:\r\n    s:\r\n        type: stdio\r\n        cmd: c\r\n    b:\r\n        "
        "type: builtin\r\nz:\r\n- 1",
        "---\nKEY:\n  s:\n    type: stdio # s\n    cmd: c\n  # t\n\nb: \"x\n  y\"\n..."}}};
  for (const ClientApp& client : all_clients()) {
    const ConfigFormat kind = format_of(client, Home().file(client.id).path);
    const char* const format = kind == ConfigFormat::Json   ? "json"
                               : kind == ConfigFormat::Toml ? "toml"
                                                            : "yaml";
    for (std::string text : files.at(format)) {
      const std::string key(client.files[0].servers.back());
      for (size_t at; (at = text.find("KEY")) != std::string::npos;) text.replace(at, 3, key);
      Home home;
      CAPTURE(client.id);
      CAPTURE(text);
      const std::string file = home.file(client.id).path;
      home.write(file, text);
      const auto done = home.register_with(client.id);
      REQUIRE_MESSAGE(done.ok(), (done ? "" : done.error().text()));
      CHECK(Home::read(file) != text);
      const auto again = plan_register(home.request(client.id));
      REQUIRE_MESSAGE(again.ok(), (again ? "" : again.error().text()));
      CHECK_FALSE(again->writes_client);
      CHECK_EQ(home.unregister(), "exact");
      CHECK_EQ(Home::read(file), text);
    }
  }
}

TEST_CASE(
    "unregistering removes a file that did not exist, with the folders that were made for it") {
  Home home;
  const std::string file = home.file("windsurf").path;
  REQUIRE(home.register_with("windsurf").ok());
  CHECK_EQ(mode_of(file), 0600);
  CHECK_EQ(home.unregister(), "exact");
  CHECK_FALSE(std::filesystem::exists(home.path + "/.codeium"));
}

TEST_CASE("unregistering puts only the servers back into a changed file, and the rest stays") {
  Home home;
  const std::string file = home.file("claude-desktop").path;
  home.write(file, kSix);
  REQUIRE(home.register_with("claude-desktop").ok());
  std::string now = Home::read(file);
  now.replace(now.find("\"globalShortcut\": \"\""), 20, "\"globalShortcut\": \"F9\"");
  home.write(file, now);
  std::string expected = kSix;
  expected.replace(expected.find("\"globalShortcut\": \"\""), 20, "\"globalShortcut\": \"F9\"");
  CHECK_EQ(home.unregister(), "put back");
  CHECK_EQ(Home::read(file), expected);
}

TEST_CASE("a server that was added after registering stays when the others are put back") {
  for (const auto& [client, before, added] : std::vector<std::array<std::string, 3>>{
           {"cursor", R"({"mcpServers":{"s":{"command":"c"}}})",
            R"({"mcpServers":{"callgate":{"command":"/usr/bin/callgate"},"n":{"command":"d"}}})"},
           {"cursor", "",
            R"({"mcpServers":{"callgate":{"command":"/usr/bin/callgate"},"n":{"command":"d"}}})"},
           {"codex", "[mcp_servers.s]\ncommand = \"c\"\n",
            "[mcp_servers.callgate]\ncommand = \"/usr/bin/callgate\"\n[mcp_servers.n]\ncommand = "
            "\"d\"\n"},
           {"goose", "extensions:\n  s:\n    type: stdio\n    cmd: c\n",
            "extensions:\n    callgate:\n        cmd: /usr/bin/callgate\n        type: stdio\n    "
            "n:\n        type: stdio\n        cmd: d\n"}}) {
    Home home;
    const std::string at = client;  // clang 14 cannot capture structured bindings
    CAPTURE(at);
    const FoundFile found = home.file(client);
    home.write(found.path, before);
    REQUIRE(home.register_with(client).ok());
    home.write(found.path, added);
    CHECK_EQ(home.unregister(), "put back");
    const auto document =
        read_document(found.client->format, Home::read(found.path), found.servers);
    REQUIRE_MESSAGE(document.ok(), (document ? "" : document.error().message));
    CHECK((*document)->entry("callgate") == nullptr);
    CHECK((*document)->entry("n") != nullptr);
    CHECK_EQ((*document)->entry("s") != nullptr, !before.empty());
  }
}

TEST_CASE("registering again imports added servers, and both registrations are undone together") {
  Home home;
  const std::string file = home.file("cursor").path;
  const std::string before = "{\n  \"mcpServers\": {\n    \"s\": {\"command\": \"c\"}\n  }\n}\n";
  home.write(file, before);
  REQUIRE(home.register_with("cursor").ok());
  std::string now = Home::read(file);
  now.insert(now.find("\"callgate\""), "\"n\": {\"command\": \"d\"}, ");
  home.write(file, now);
  REQUIRE(home.register_with("cursor").ok());
  CHECK_EQ(servers_of(home), std::vector<std::string>{"s", "n"});
  CHECK_EQ(registrations(home.places).size(), 2);
  CHECK_EQ(home.unregister(), "put back");
  const auto document = read_json_document(Home::read(file), {"mcpServers"});
  REQUIRE(document.ok());
  CHECK((*document)->entry("s") != nullptr);
  CHECK((*document)->entry("n") != nullptr);
  CHECK((*document)->entry("callgate") == nullptr);
}

TEST_CASE("a client's file or a configuration that changed since the plan is not written") {
  Home home;
  const std::string file = home.file("cursor").path;
  home.write(file, R"({"mcpServers":{"s":{"command":"c"}}})");
  const auto plan = plan_register(home.request("cursor"));
  REQUIRE(plan.ok());
  home.write(file, R"({"mcpServers":{"s":{"command":"d"}}})");
  auto done = carry_out(*plan, home.places, home.now);
  REQUIRE_FALSE(done.ok());
  CHECK_EQ(done.error().code, "desktop.changed");
  home.write(file, R"({"mcpServers":{"s":{"command":"c"}}})");
  home.write(home.places.config_file, "{}");
  done = carry_out(*plan, home.places, home.now);
  REQUIRE_FALSE(done.ok());
  CHECK_EQ(done.error().code, "desktop.changed");
  CHECK(registrations(home.places).empty());
}

TEST_CASE("symbolic links are kept, and read-only files and files with hard links are refused") {
  Home home;
  const std::string file = home.file("cursor").path, real = home.path + "/dotfiles/mcp.json";
  const std::string text = R"({"mcpServers":{"s":{"command":"c"}}})";
  home.write(real, text);
  std::filesystem::create_directories(home.path + "/.cursor");
  std::filesystem::create_symlink("../dotfiles/mcp.json", file);
  REQUIRE(home.register_with("cursor").ok());
  CHECK(std::filesystem::is_symlink(file));
  CHECK(Home::read(real) != text);
  CHECK_EQ(home.unregister(), "exact");
  CHECK(std::filesystem::is_symlink(file));
  CHECK_EQ(Home::read(real), text);
  ::chmod(real.c_str(), 0444);
  CHECK_EQ(code_of(plan_register(home.request("cursor"))), "desktop.read_only");
  ::chmod(real.c_str(), 0644);
  std::filesystem::create_hard_link(real, home.path + "/other");
  CHECK_EQ(code_of(plan_register(home.request("cursor"))), "desktop.hard_links");
  // An import only reads the file, so it is allowed.
  RegisterRequest request = home.request("cursor");
  request.import_only = true;
  CHECK(plan_register(request).ok());
}

TEST_CASE("a file with a syntax error is never written, and the error names the place") {
  Home home;
  const std::string file = home.file("cursor").path,
                    text = "{\n  \"mcpServers\": {\n    \"s\": {\"command\": }\n";
  home.write(file, text);
  const auto plan = plan_register(home.request("cursor"));
  REQUIRE_FALSE(plan.ok());
  CHECK_EQ(plan.error().code, "desktop.not_valid");
  CHECK(plan.error().message.starts_with(file + ":3:"));
  CHECK_EQ(Home::read(file), text);
  CHECK_EQ(home.unregister(), "none");
}

TEST_CASE("files of at most 4 MiB are accepted, before and after the change") {
  Home home;
  const std::string file = home.file("cursor").path;
  const std::string head = "{\"a\":\"", tail = "\"}";
  const auto sized = [&](size_t size) {
    return head + std::string(size - head.size() - tail.size(), 'x') + tail;
  };
  RegisterRequest reading = home.request("cursor");
  reading.import_only = true;
  home.write(file, sized(size_t{4} << 20));
  CHECK_EQ(code_of(plan_register(reading)), "");
  CHECK_EQ(code_of(plan_register(home.request("cursor"))), "desktop.too_large");
  home.write(file, sized((size_t{4} << 20) + 1));
  CHECK_EQ(code_of(plan_register(reading)), "desktop.too_large");
  std::filesystem::remove(file);
  std::filesystem::create_directories(file);
  CHECK_EQ(code_of(plan_register(home.request("cursor"))), "desktop.not_a_file");
}

TEST_CASE("a configuration in which callgate starts callgate is refused") {
  Home home;
  home.write(home.places.config_file, R"({"mcpServers":{"me":{"command":"/opt/callgate"}}})");
  CHECK_EQ(code_of(plan_register(home.request("cursor"))), "desktop.recursion");
  home.write(home.places.config_file, R"({"mcpServers":{}})");
  home.write(home.file("cursor").path,
             R"({"mcpServers":{"gate":{"command":"callgate"},"s":{"command":"c"}}})");
  REQUIRE(home.register_with("cursor").ok());
  CHECK_EQ(servers_of(home), std::vector<std::string>{"s"});
}

TEST_CASE(
    "a server that is configured already is not imported twice, and a used name gets a number") {
  Home home;
  home.write(home.places.config_file,
             "{\n  // mine\n  \"mcpServers\": {\n    \"s\": {\"command\": \"other\"},\n    \"t\": "
             "{\"command\": \"c\", \"args\": [\"1\"]},\n  },\n}\n");
  home.write(
      home.file("cursor").path,
      R"({"mcpServers":{"s":{"command":"c"},"t":{"command":"c","args":["1"]},"u":{"command":"c","args":["1"]}}})");
  const auto plan = plan_register(home.request("cursor"));
  REQUIRE(plan.ok());
  CHECK_EQ(plan->servers[0].server.name, "s-2");
  CHECK_EQ(plan->servers[1].decision, ImportDecision::Present);
  CHECK_EQ(plan->servers[2].decision, ImportDecision::Present);
  CHECK_EQ(plan->servers[2].server.name, "t");
  REQUIRE(carry_out(*plan, home.places, home.now).ok());
  CHECK_EQ(servers_of(home), std::vector<std::string>{"s", "t", "s-2"});
  CHECK(Home::read(home.places.config_file).starts_with("{\n  // mine\n"));
}

TEST_CASE("a name that looks like a configured one gets a number, too") {
  Home home;
  home.write(home.places.config_file, R"({"mcpServers": {"github": {"command": "other"}}})");
  home.write(home.file("cursor").path, R"({"mcpServers":{"GitHub":{"command":"c"}}})");
  const auto plan = plan_register(home.request("cursor"));
  REQUIRE(plan.ok());
  CHECK_EQ(plan->servers[0].server.name, "GitHub-2");
  REQUIRE(carry_out(*plan, home.places, home.now).ok());
}

TEST_CASE("an invalid configuration of ours is refused and not repaired") {
  Home home;
  home.write(home.places.config_file, R"({"mcpServers":{},"polcy":{}})");
  CHECK_EQ(code_of(plan_register(home.request("cursor"))), "config.unknown_key");
}

TEST_CASE("a server that cannot be imported stays in the client's file") {
  Home home;
  const std::string file = home.file("vscode").path;
  const std::string text =
      "{\n\t\"servers\": {\n\t\t// asks\n\t\t\"a\": {\"command\": \"c\", \"env\": {\"K\": "
      "\"${config:k}\"}},\n\t\t\"b\": {\"command\": \"d\"}\n\t},\n\t\"inputs\": []\n}\n";
  home.write(file, text);
  REQUIRE(home.register_with("vscode").ok());
  const std::string now = Home::read(file);
  CHECK(now.find("\t\t// asks\n\t\t\"a\": {\"command\": \"c\", \"env\": {\"K\": "
                 "\"${config:k}\"}},\n\t\t\"callgate\": {") != std::string::npos);
  CHECK(now.find("\"b\"") == std::string::npos);
  CHECK_EQ(home.unregister(), "exact");
  CHECK_EQ(Home::read(file), text);
}

TEST_CASE("a project's own file and its part of the user's file are separate scopes") {
  Home home;
  const std::string user = home.file("claude-code").path;
  const std::string text = "{\"projects\": {\"" + home.path +
                           "/project\": {\"mcpServers\": {\"l\": {\"command\": \"c\"}}, \"n\": "
                           "1}}, \"mcpServers\": {\"u\": {\"command\": \"d\"}}}";
  home.write(user, text);
  home.write(home.path + "/project/.mcp.json", R"({"mcpServers":{"p":{"command":"e"}}})");
  const auto plan = plan_register(home.request("claude-code"));
  REQUIRE(plan.ok());
  REQUIRE_EQ(plan->elsewhere.size(), 2);
  CHECK_EQ(plan->elsewhere[0].names, std::vector<std::string>{"p"});
  CHECK_EQ(plan->elsewhere[1].names, std::vector<std::string>{"l"});
  REQUIRE(home.register_with("claude-code", ClientScope::Local).ok());
  CHECK_EQ(servers_of(home), std::vector<std::string>{"l"});
  CHECK(Home::read(user).find(R"("u": {"command": "d"})") != std::string::npos);
  CHECK_EQ(home.unregister(), "exact");
  CHECK_EQ(Home::read(user), text);
}

TEST_CASE("the client's entry has unusual places and the profile as arguments or variables") {
  Home home;
  home.write(home.places.config_file, "{}");
  RegisterRequest request = home.request("cursor");
  request.profile = "reviewer";
  request.places.config_file = home.path + "/other.json";
  request.places.state_dir = home.path + "/state";
  const auto plan = plan_register(request);
  REQUIRE(plan.ok());
  CHECK_EQ(shell_line(plan->entry.command, plan->entry.args),
           "/usr/bin/callgate --config " + home.path + "/other.json --profile reviewer");
  CHECK_EQ(plan->entry.env.at(0).second, home.path + "/state");
}

}  // namespace callgate
