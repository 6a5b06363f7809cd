// Clients that have several files: Continue, whose servers are a list in YAML, and Crush, which
// gets some servers from a script.
#include "desktop_support.h"

namespace callgate {

namespace {

constexpr const char* kContinue =
    "name: Mine\nversion: 1.0.0\nschema: v1\nmodels:\n  - &m {name: gpt, provider: openai}\n"
    "mcpServers:\n  # files\n  - name: My files\n    command: npx\n    args:\n      - -y\n"
    "      - \"@x/fs\"\n    env:\n      TOKEN: ${{ secrets.FS_TOKEN }}\n"
    "  - uses: acme/hub-server\n    with: {A: b}\n"
    "  - name: far\n    type: streamable-http\n    url: https://far.example/mcp\n"
    "    requestOptions:\n      headers:\n        X-Key: k\n      verifySsl: false\n"
    "# the rules\nrules:\n  - be brief\n";

std::string config_yaml(const Home& home) { return home.path + "/.continue/config.yaml"; }

std::vector<std::string> paths_of(const Home& home, std::string_view client, ClientScope scope) {
  std::vector<std::string> paths;
  for (const FoundFile& each : find_files(*find_client(client), scope, home.machine))
    paths.push_back(each.path.substr(home.path.size()));
  return paths;
}

}  // namespace

TEST_CASE("items of a YAML list are removed and added, and everything around them stays") {
  const auto document = read_yaml_list_document(kContinue, "mcpServers");
  REQUIRE_MESSAGE(document.ok(), (document ? "" : document.error().message));
  REQUIRE_EQ((*document)->entries().size(), 3);
  CHECK_EQ((*document)->entries()[0].name, "My files");
  CHECK_EQ((*document)->entries()[1].name, "acme/hub-server");
  CHECK_EQ((*document)->changed({"My files", "far"}, {{"callgate", R"({"command":"/c"})", ""}}),
           "name: Mine\nversion: 1.0.0\nschema: v1\nmodels:\n  - &m {name: gpt, provider: "
           "openai}\nmcpServers:\n  # files\n  - uses: acme/hub-server\n    with: {A: b}\n"
           "  - name: callgate\n    command: \"/c\"\n# the rules\nrules:\n  - be brief\n");
}

TEST_CASE("an item is added to an empty, absent or null YAML list, and unusual lists are refused") {
  const auto gate = [](std::string_view text) {
    const auto document = read_yaml_list_document(text, "mcpServers");
    REQUIRE_MESSAGE(document.ok(), (document ? "" : document.error().message));
    return (*document)->changed({}, {{"callgate", R"({"name":"x","command":"c"})", ""}});
  };
  const std::string block = "mcpServers:\n  - name: callgate\n    command: \"c\"\n";
  CHECK_EQ(gate(""), block);
  CHECK_EQ(gate("a: 1"), "a: 1\n" + block);
  CHECK_EQ(gate("mcpServers: []\na: 1\n"), block + "a: 1\n");
  CHECK_EQ(gate("mcpServers: [ ]\na: 1\n"), block + "a: 1\n");
  CHECK_EQ(gate("mcpServers:\na: 1\n"), block + "a: 1\n");
  const auto emptied = read_yaml_list_document("mcpServers:\n- name: a\n", "mcpServers");
  REQUIRE(emptied.ok());
  CHECK_EQ((*emptied)->changed({"a"}, {}), "mcpServers: []\n");
  for (const char* text :
       {"mcpServers: [{name: a, command: c}]\n", "mcpServers:\n  a:\n    command: c\n",
        "mcpServers:\n- name: a\n- name: a\n", "mcpServers:\n  - name: a\n - name: b\n",
        "mcpServers:\n- &m\n  name: a\n", "mcpServers:\n- *m\n"}) {
    CAPTURE(text);
    CHECK_FALSE(read_yaml_list_document(text, "mcpServers").ok());
  }
  const auto inner = read_yaml_list_document("mcpServers:\n- - a\n  - b\n# c\n-\n", "mcpServers");
  REQUIRE(inner.ok());
  REQUIRE_EQ((*inner)->entries().size(), 2);
  CHECK_EQ((*inner)->entries()[0].raw, "- - a\n  - b\n");
  CHECK_EQ((*inner)->entries()[1].raw, "-\n");
}

TEST_CASE("registering changes Continue's config.yaml, and unregistering restores every byte") {
  for (std::string text :
       {std::string(kContinue), std::string("name: a\r\nmcpServers:\r\n- name: s\r\n  command: c"),
        std::string("name: a\nmcpServers: []"), std::string("name: a\n")}) {
    Home home;
    CAPTURE(text);
    home.write(config_yaml(home), text);
    const auto done = home.register_with("continue");
    REQUIRE_MESSAGE(done.ok(), (done ? "" : done.error().text()));
    const std::string now = Home::read(config_yaml(home));
    CHECK(now.find("- name: callgate") != std::string::npos);
    const auto again = plan_register(home.request("continue"));
    REQUIRE(again.ok());
    CHECK_FALSE(again->writes_client);
    CHECK_EQ(home.unregister(), "exact");
    CHECK_EQ(Home::read(config_yaml(home)), text);
  }
}

TEST_CASE("servers of Continue's list are imported with their inputs and headers") {
  Home home;
  home.write(config_yaml(home), kContinue);
  const auto plan = plan_register(home.request("continue"));
  REQUIRE(plan.ok());
  REQUIRE_EQ(plan->servers.size(), 3);
  const ServerConfig& files = plan->servers[0].server;
  CHECK_EQ(files.args, std::vector<std::string>{"-y", "@x/fs"});
  REQUIRE_EQ(files.env.size(), 1);
  CHECK_EQ(files.env[0].second.substr(0, 9), "${secret:");
  CHECK_EQ(plan->servers[0].asked.size(), 1);
  CHECK(plan->servers[1].decision == ImportDecision::Stay);
  REQUIRE(plan->servers[2].server.remote);
  CHECK_EQ(plan->servers[2].server.remote->headers[0].first, "X-Key");
  CHECK(plan->client_after.find("uses: acme/hub-server") != std::string::npos);
}

TEST_CASE("Continue's entry passes on the variables that servers refer to, in Continue's syntax") {
  const std::string server = R"({"mcpServers":{"x":{"command":"c","env_pass":["KEY_A","KEY_B"]}}})";
  for (const bool yaml : {true, false}) {
    Home home;
    home.variables = {{"KEY_A", "1"}};
    home.write(home.places.config_file, server);
    if (yaml) home.write(config_yaml(home), "name: a\n");
    const auto plan = plan_register(home.request("continue"));
    REQUIRE(plan.ok());
    CHECK_EQ(plan->entry.passed, std::vector<std::string>{"KEY_A"});
    const char* const written = yaml ? "\"${{ secrets.KEY_A }}\"" : "\"KEY_A\": \"${KEY_A}\"";
    CHECK(plan->client_after.find(written) != std::string::npos);
  }
}

TEST_CASE("unregistering puts the servers back into a changed list, and the rest stays") {
  Home home;
  home.write(config_yaml(home), kContinue);
  REQUIRE(home.register_with("continue").ok());
  home.write(config_yaml(home), Home::read(config_yaml(home)) + "  - be kind\n");
  CHECK_EQ(home.unregister(), "put back");
  const std::string now = Home::read(config_yaml(home));
  CHECK(now.find("callgate") == std::string::npos);
  CHECK(now.find("  - name: My files\n    command: npx\n") != std::string::npos);
  CHECK(now.ends_with("  - be brief\n  - be kind\n"));
}

TEST_CASE(
    "every file that Continue reads is found, and the plan names those that it does not write") {
  Home home;
  const std::string folder = home.path + "/project/.continue/mcpServers/";
  home.write(folder + "b/far.yml", "name: f\nmcpServers:\n- name: far\n  command: c\n");
  home.write(folder + "play.yaml", "name: p\nmcpServers:\n- name: play\n  command: c\n");
  home.write(folder + "notes.txt", "no");
  CHECK_EQ(paths_of(home, "continue", ClientScope::Project),
           std::vector<std::string>{"/project/.continue/mcpServers/b/far.yml",
                                    "/project/.continue/mcpServers/play.yaml"});
  // If no file exists, a JSON file is made, so that Continue still reads an older config.json.
  CHECK_EQ(home.file("continue").path, home.path + "/.continue/mcpServers/mcp.json");
  const auto plan = plan_register(home.request("continue", ClientScope::Project));
  REQUIRE(plan.ok());
  CHECK_EQ(plan->client.path, folder + "b/far.yml");
  REQUIRE_EQ(plan->elsewhere.size(), 1);
  CHECK_EQ(plan->elsewhere[0].path, folder + "play.yaml");
  CHECK(plan->elsewhere[0].other_file);
  for (size_t i = 0; i < kMostInFolder + 1; ++i)
    home.write(folder + "many" + std::to_string(i) + ".json", "{}");
  CHECK_EQ(paths_of(home, "continue", ClientScope::Project).size(), kMostInFolder);
}

TEST_CASE(
    "servers that Crush's script adds are named in the plan, and only its JSON file is written") {
  Home home;
  const std::string folder = home.path + "/.config/crush/";
  const std::string script =
      "# mcp add no\nif true; then mcp add \"git hub\" --type http; fi\nmcp add fs \\\n"
      "  --command npx\nmcp remove gone\necho mcp\n";
  home.write(folder + "crushrc", script);
  home.write(home.path + "/.local/share/crush/crush.json", R"({"mcp":{"docker":{"command":"d"}}})");
  const auto plan = plan_register(home.request("crush"));
  REQUIRE(plan.ok());
  CHECK_EQ(plan->client.path, folder + "crush.json");
  REQUIRE_EQ(plan->elsewhere.size(), 2);
  CHECK_EQ(plan->elsewhere[0].names, std::vector<std::string>{"git hub", "fs"});
  CHECK(plan->elsewhere[0].only_read);
  CHECK_EQ(plan->elsewhere[1].names, std::vector<std::string>{"docker"});
  home.variables["CRUSH_GLOBAL_CONFIG"] = home.path + "/c";
  CHECK_EQ(home.file("crush").path, home.path + "/c/crush.json");
  home.variables = {{"XDG_CONFIG_HOME", home.path + "/x"}};
  CHECK_EQ(home.file("crush").path, home.path + "/x/crush/crush.json");
}

}  // namespace callgate
