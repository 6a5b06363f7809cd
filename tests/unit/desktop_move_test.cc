#include "callgate/wire/message.h"
#include "desktop_support.h"

namespace callgate {

namespace {

const SecretNamer kDotted = [](const std::string& server, const std::string& variable,
                               const std::string&) { return server + "." + variable; };

SecretHider hider() {
  return [](const std::string& text) {
    const size_t at = text.find("ghp_");
    return at == std::string::npos ? text : text.substr(0, at) + std::string(kHidden);
  };
}

std::vector<std::string> told(const std::vector<MovedSecret>& moved) {
  std::vector<std::string> all;
  for (const MovedSecret& each : moved)
    all.push_back(each.server + "|" + each.variable + "|" + each.secret + "|" + each.value);
  return all;
}

}  // namespace

TEST_CASE("secrets are replaced by references, and every other byte of the configuration stays") {
  const std::string text =
      "\xEF\xBB\xBF{ // mine\r\n  \"mcpServers\": {\r\n"
      "    \"a\": {\"command\": \"x\", \"env\": {\"T_TOKEN\": \"p\\u0061$$ss\", \"PLAIN\": "
      "\"1\"},},\r\n"
      "    \"b\": {\"command\": \"y\", \"args\": [\"--token\", \"v\"],\r\n"
      "          \"env\": {\"K\": \"ghp_1\", \"API_KEY\": \"${env:X}\", \"H\": \"${env:U} "
      "ghp_2\"}}\r\n"
      "  }, /* end */\r\n}\r\n";
  const MovedSecrets all = move_secrets(text, {}, hider(), kDotted);
  CHECK_EQ(told(all.moved), std::vector<std::string>{"a|T_TOKEN|a.T_TOKEN|pa$ss", "b|K|b.K|ghp_1"});
  CHECK_EQ(all.left, std::vector<std::string>{"b: H", "b: its arguments"});
  std::string expected = text;
  expected.replace(expected.find("\"p\\u0061$$ss\""), 13, "\"${secret:a.T_TOKEN}\"");
  expected.replace(expected.find("\"ghp_1\""), 7, "\"${secret:b.K}\"");
  CHECK_EQ(all.text, expected);
  CHECK_EQ(told(move_secrets(text, {"b"}, hider(), kDotted).moved),
           std::vector<std::string>{"b|K|b.K|ghp_1"});
  // A second run has nothing to move.
  const MovedSecrets again = move_secrets(all.text, {}, hider(), kDotted);
  CHECK(again.moved.empty());
  CHECK_EQ(again.text, all.text);
}

TEST_CASE("secrets in the headers of remote servers are replaced by references") {
  const std::string text =
      R"({"mcpServers":{"r":{"url":"https://h/m","headers":{"Authorization":"Bearer abc","X-Team":"7"}}}})";
  const MovedSecrets all = move_secrets(text, {}, hider(), kDotted);
  CHECK_EQ(told(all.moved), std::vector<std::string>{"r|Authorization|r.Authorization|Bearer abc"});
  std::string expected = text;
  expected.replace(expected.find("Bearer abc"), 10, "${secret:r.Authorization}");
  CHECK_EQ(all.text, expected);
  ServerConfig server;
  server.remote = RemoteConfig{.url = "https://h/m?api_key=abc",
                               .headers = {{"Authorization", "Bearer abc"}, {"X-Team", "7"}}};
  CHECK_EQ(plain_secrets(server, hider()), std::vector<std::string>{"Authorization", "url"});
  server.remote->headers = {{"Authorization", "Bearer ${secret:K}"}};
  server.remote->url = "https://h/m";
  CHECK(plain_secrets(server, hider()).empty());
}

TEST_CASE("servers are imported with their secrets moved, and are recognised afterwards") {
  Home home;
  const std::string file = home.file("cursor").path;
  home.write(file,
             R"({"mcpServers":{"g":{"command":"gh","env":{"GITHUB_TOKEN":"ghp_abc","A":"b"}},)"
             R"("h":{"url":"https://h/mcp","headers":{"Authorization":"Bearer ghp_def"}}}})");
  RegisterRequest request = home.request("cursor");
  request.import_only = true;
  request.name_secret = kDotted;
  const auto plan = plan_register(request);
  REQUIRE(plan.ok());
  CHECK_EQ(told(plan->moved),
           std::vector<std::string>{"g|GITHUB_TOKEN|g.GITHUB_TOKEN|ghp_abc",
                                    "h|Authorization|h.Authorization|Bearer ghp_def"});
  CHECK(plan->servers[0].secrets.empty());
  CHECK_EQ(plan->servers[0].server.env[0].second, "${secret:g.GITHUB_TOKEN}");
  REQUIRE(carry_out(*plan, home.places, home.now).ok());
  CHECK(Home::read(home.places.config_file).find("ghp_") == std::string::npos);
  // Without the secret's value, the server is not recognised.
  CHECK(plan_register(request)->servers[0].decision == ImportDecision::Take);
  request.secret_value = [](const std::string& name) -> std::optional<std::string> {
    return name == "g.GITHUB_TOKEN" ? "ghp_abc" : "Bearer ghp_def";
  };
  const auto again = plan_register(request);
  REQUIRE(again.ok());
  CHECK_FALSE(again->writes_config);
  CHECK(again->servers[0].decision == ImportDecision::Present);
  CHECK(again->servers[1].decision == ImportDecision::Present);
}

TEST_CASE("secrets of our configuration are moved, unless it has changed since the plan") {
  Home home;
  const std::string text = R"({"mcpServers":{"g":{"command":"x","env":{"TOKEN":"v"}}}})";
  CHECK(plan_move(home.places, {}, hider(), kDotted)->secrets.moved.empty());
  home.write(home.places.config_file, text);
  ::chmod(home.places.config_file.c_str(), 0640);
  CHECK_EQ(plan_move(home.places, {"h"}, hider(), kDotted).error().code, "desktop.unknown_server");
  const auto plan = plan_move(home.places, {"g"}, hider(), kDotted);
  REQUIRE(plan.ok());
  home.write(home.places.config_file, text + " ");
  CHECK_EQ(carry_out(*plan, home.places).error().code, "desktop.changed");
  CHECK_EQ(Home::read(home.places.config_file), text + " ");
  home.write(home.places.config_file, text);
  const auto fresh = plan_move(home.places, {}, hider(), kDotted);
  REQUIRE(fresh.ok());
  REQUIRE(carry_out(*fresh, home.places).ok());
  CHECK_EQ(Home::read(home.places.config_file),
           R"({"mcpServers":{"g":{"command":"x","env":{"TOKEN":"${secret:g.TOKEN}"}}}})");
  home.write(home.places.config_file, R"({"mcpServers":{},"polcy":{}})");
  CHECK_EQ(plan_move(home.places, {}, hider(), kDotted).error().code, "config.unknown_key");
}

TEST_CASE("a configured server is disabled and enabled, and every other byte stays") {
  Home home;
  const auto switched = [&home](const std::string& text, bool on) -> std::string {
    home.write(home.places.config_file, text);
    const auto plan = plan_switch(home.places, "b", on);
    if (!plan) return plan.error().code;
    CHECK(plan->changes == (plan->after != text));
    REQUIRE(carry_out(*plan, home.places).ok());
    return Home::read(home.places.config_file);
  };
  const std::pair<std::string, std::string> lines[] = {
      {R"({"mcpServers":{"b":{"command":"x"}}})",
       R"({"mcpServers":{"b":{"disabled": true, "command":"x"}}})"},
      {"{\n  // ours\n  \"mcpServers\": {\n    \"b\": {\n      // first\n      \"command\": \"x\", "
       "// "
       "end\n    },\n  },\n}\n",
       "{\n  // ours\n  \"mcpServers\": {\n    \"b\": {\n      // first\n      \"disabled\": "
       "true,\n      \"command\": \"x\", // end\n    },\n  },\n}\n"},
      {R"({"mcpServers":{"a":{"command":"y"},"b":{"command":"x","disabled" : false }}})",
       R"({"mcpServers":{"a":{"command":"y"},"b":{"command":"x","disabled" : true }}})"}};
  for (const auto& [before, after] : lines) {
    CHECK_EQ(switched(before, false), after);
    CHECK_EQ(switched(before, true), before);
    CHECK_EQ(switched(after, false), after);
    std::string on = after;
    on.replace(on.find("true"), 4, "false");
    CHECK_EQ(switched(after, true), on);
  }
  CHECK_EQ(switched(R"({"mcpServers":{"a":{"command":"x"}}})", true), "desktop.unknown_server");
  CHECK_EQ(switched(R"({"mcpServers":{"b":{"command":1}}})", true), "config.type");
  CHECK_EQ(switched(R"({"mcpServers":{"b":[]}})", false), "config.type");
  CHECK_EQ(switched(R"({"mcpServers":{"b":{}}})", false), "config.value");
}

}  // namespace callgate
