// Entries with a URL become servers that callgate reaches itself.

#include "callgate/wire/http.h"
#include "desktop/imports/server_json.h"
#include "desktop_support.h"

namespace callgate {

namespace {

struct Imported {
  Home home;
  ServerImport of(std::string_view client, std::string_view json) {
    return import_server("x", json, home.file(client), home.machine);
  }
  /// Returns the entry that is written to our configuration, or the reason to stay.
  std::string entry(std::string_view client, std::string_view json) {
    const ServerImport x = of(client, json);
    return x.decision == ImportDecision::Stay ? x.why : server_json(x.server);
  }
};

bool has_note(const ServerImport& imported, std::string_view part) {
  for (const std::string& note : imported.notes)
    if (note.find(part) != std::string::npos) return true;
  return false;
}

}  // namespace

TEST_CASE("the URL and the headers of each client are taken over") {
  Imported x;
  CHECK_EQ(
      x.entry(
          "cursor",
          R"({"url":"https://h/mcp","headers":{"Authorization":"Bearer ${env:T}","X-Key":"k"}})"),
      R"({"url":"https://h/mcp","headers":{"Authorization":"Bearer ${env:T}","X-Key":"k"}})");
  CHECK_EQ(x.entry("windsurf", R"({"serverUrl":"http://localhost:1/mcp"})"),
           R"({"url":"http://localhost:1/mcp"})");
  CHECK_EQ(x.entry("claude-code", R"({"type":"http","url":"https://${H:-h}/mcp"})"),
           R"({"type":"http","url":"https://${cmd:printf %s \"${H:-h}\"}/mcp"})");
  CHECK_EQ(
      x.entry("opencode",
              R"({"type":"remote","url":"https://h","headers":{"A":"{env:T}"},"oauth":false})"),
      R"({"url":"https://h","headers":{"A":"${env:T}"},"auth":{"way":"never"}})");
  CHECK_EQ(x.entry("zed", R"({"source":"custom","url":"https://h","enabled":false})"),
           R"({"url":"https://h","disabled":true})");
  CHECK_EQ(x.entry("claude-desktop", R"({"url":"https://h","timeout":5})"),
           R"({"url":"https://h"})");
}

TEST_CASE("the type decides how the server is reached, or else the URL's key") {
  Imported x;
  const auto transport = [&](std::string_view client, std::string_view json) {
    const ServerImport imported = x.of(client, json);
    REQUIRE(imported.server.remote);
    return imported.server.remote->transport;
  };
  using Transport = RemoteConfig::Transport;
  CHECK(transport("claude-code", R"({"type":"sse","url":"https://h"})") == Transport::Sse);
  CHECK(transport("cline", R"({"type":"streamableHttp","url":"https://h"})") == Transport::Http);
  CHECK(transport("goose", R"({"type":"streamable_http","uri":"https://h"})") == Transport::Http);
  CHECK(transport("kiro", R"({"transport":"sse","url":"https://h"})") == Transport::Sse);
  CHECK(transport("gemini", R"({"httpUrl":"https://h"})") == Transport::Http);
  CHECK(transport("gemini", R"({"url":"https://h","type":"http"})") == Transport::Http);
  // Streamable HTTP is tried first, and HTTP+SSE if the server does not know it.
  CHECK(transport("gemini", R"({"url":"https://h"})") == Transport::Auto);
  CHECK(transport("vscode", R"({"type":"http","url":"https://h"})") == Transport::Auto);
  CHECK(transport("opencode", R"({"type":"remote","url":"https://h"})") == Transport::Auto);
  CHECK_EQ(x.entry("claude-code", R"({"type":"ws","url":"wss://h"})"),
           "callgate does not support WebSocket");
  CHECK_EQ(x.entry("cursor", R"({"type":"carrier-pigeon","url":"https://h"})"),
           "callgate does not know the server's type \"carrier-pigeon\"");
}

TEST_CASE("a URL that callgate can't use keeps the entry with its client") {
  Imported x;
  CHECK_EQ(x.entry("vscode", R"({"type":"http","url":"unix:///run/mcp.sock"})"),
           "callgate can't use the server's URL, because it does not begin with https:// or "
           "http://");
  CHECK(x.entry("cursor", R"({"url":"https://me:pw@h/mcp"})")
            .ends_with("a user name before the host"));
  const std::string longest = "https://h/" + std::string(8192 - 10, 'a');
  CHECK(x.of("cursor", R"({"url":")" + longest + R"("})").decision == ImportDecision::Take);
  CHECK(x.of("cursor", R"({"url":")" + longest + R"(a"})").decision == ImportDecision::Stay);
}

TEST_CASE("http: to another machine is permitted with a note") {
  Imported x;
  const std::string open = R"({"url":"http://h/mcp","allow_http":true})";
  CHECK_EQ(x.entry("cursor", R"({"url":"http://h/mcp"})"), open);
  CHECK(has_note(x.of("cursor", R"({"url":"http://h/mcp"})"), "begins with http:"));
  CHECK_EQ(x.entry("cursor", R"({"url":"http://127.0.0.1:${env:P}/"})"),
           R"({"url":"http://127.0.0.1:${env:P}/"})");
  CHECK(x.of("cursor", R"({"url":"http://${env:H}/"})").server.remote->allow_http);
  CHECK_FALSE(x.of("cursor", R"({"url":"${env:U}"})").server.remote->allow_http);
}

TEST_CASE("headers that callgate sets itself are left out, and too large ones refused") {
  Imported x;
  const ServerImport imported =
      x.of("cursor", R"({"url":"https://h","headers":{"Accept":"*/*","X":"1","Y":null}})");
  CHECK_EQ(server_json(imported.server), R"({"url":"https://h","headers":{"X":"1"}})");
  CHECK(has_note(imported, "the header Accept is left out"));
  const auto with = [&](size_t bytes) {
    return x.of("cursor",
                R"({"url":"https://h","headers":{"X":")" + std::string(bytes, 'v') + R"("}})");
  };
  CHECK(with(8192).decision == ImportDecision::Take);
  CHECK(with(8193).decision == ImportDecision::Stay);
  CHECK(with(8193).why.find("8,192 bytes") != std::string::npos);
}

TEST_CASE("Codex's tokens and headers from variables become references") {
  Imported x;
  CHECK_EQ(
      x.entry(
          "codex",
          R"({"url":"https://h","bearer_token_env_var":"T","http_headers":{"authorization":"x","B":"b"},"env_http_headers":{"A":"V"},"tool_timeout_sec":60})"),
      R"({"url":"https://h","headers":{"B":"b","Authorization":"Bearer ${env:T}","A":"${env:V}"},"call_timeout":"60000ms"})");
}

TEST_CASE("Goose's own variables are put into the headers") {
  Imported x;
  CHECK_EQ(
      x.entry(
          "goose",
          R"({"type":"sse","uri":"https://h","headers":{"A":"Bearer ${T}","B":"${O}"},"envs":{"T":"v"}})"),
      R"({"type":"sse","url":"https://h","headers":{"A":"Bearer v","B":"${env:O}"}})");
  CHECK(has_note(x.of("cursor", R"({"url":"https://h","env":{"A":"b"}})"), "left out: env"));
  CHECK(x.of("cursor", R"({"url":"https://h","env":{}})").notes.empty());
}

TEST_CASE("a client ID is taken over with the address to which the browser returns") {
  Imported x;
  CHECK_EQ(
      x.entry(
          "claude-code",
          R"({"type":"http","url":"https://h","oauth":{"clientId":"c","callbackPort":3118,"scopes":"a b"}})"),
      R"({"type":"http","url":"https://h","auth":{"scopes":["a","b"],"client_id":"c","redirect_uri":"http://localhost:3118/callback"}})");
  CHECK_EQ(
      x.entry(
          "cursor",
          R"({"url":"https://h","auth":{"CLIENT_ID":"c","CLIENT_SECRET":"${env:S}","scopes":["a"]}})"),
      R"({"url":"https://h","auth":{"scopes":["a"],"client_id":"c","client_secret":"${env:S}","redirect_uri":"http://localhost:8787/callback"}})");
  CHECK_EQ(
      x.entry(
          "gemini",
          R"({"httpUrl":"https://h","oauth":{"enabled":true,"clientId":"c","clientSecret":"s"}})"),
      R"({"type":"http","url":"https://h","auth":{"client_id":"c","client_secret":"s","redirect_uri":"http://localhost:7777/oauth/callback"}})");
  CHECK_EQ(
      x.entry(
          "opencode",
          R"({"type":"remote","url":"https://h","oauth":{"clientId":"c","scope":"a b","redirectUri":"http://127.0.0.1:9/x"}})"),
      R"({"url":"https://h","auth":{"scopes":["a","b"],"client_id":"c","redirect_uri":"http://127.0.0.1:9/x"}})");
  CHECK_EQ(
      x.entry("opencode",
              R"({"type":"remote","url":"https://h","oauth":{"clientId":"c","callbackPort":9}})"),
      R"({"url":"https://h","auth":{"client_id":"c","redirect_uri":"http://127.0.0.1:9/mcp/oauth/callback"}})");
  CHECK(has_note(
      x.of("claude-code",
           R"({"type":"http","url":"https://h","oauth":{"clientId":"c","callbackPort":1}})"),
      "\"client_secret\""));
}

TEST_CASE("a client ID whose address can't be kept is left out, and a note says so") {
  Imported x;
  for (
      const auto& [client, json] : {
          std::pair("claude-code", R"({"type":"http","url":"https://h","oauth":{"clientId":"c"}})"),
          std::pair("vscode", R"({"type":"http","url":"https://h","oauth":{"clientId":"c"}})"),
          std::pair("codex", R"({"url":"https://h","oauth":{"client_id":"c"}})"),
          std::pair("copilot", R"({"type":"http","url":"https://h","oauthClientId":"c"})"),
          std::pair("cursor", R"({"url":"https://h","auth":{"CLIENT_ID":"${env:C}"}})"),
          std::pair(
              "claude-code",
              R"({"type":"http","url":"https://h","oauth":{"clientId":"c","callbackPort":65536}})"),
      }) {
    const ServerImport imported = x.of(client, json);
    CHECK(imported.decision == ImportDecision::Take);
    CHECK(imported.server.remote->sign_in == SignInConfig());
    CHECK(has_note(imported, "the client ID for the sign-in is left out"));
  }
  CHECK_EQ(x.entry("codex", R"({"url":"https://h","scopes":["a"]})"),
           R"({"url":"https://h","auth":{"scopes":["a"]}})");
  CHECK(has_note(x.of("codex", R"({"url":"https://h","oauth_resource":"https://r"})"),
                 "left out: oauth_resource"));
  CHECK(has_note(x.of("gemini", R"({"httpUrl":"https://h","oauth":{"audiences":["a"]}})"),
                 "left out: oauth.audiences"));
}

TEST_CASE("an entry stays if only the client can sign in as it says") {
  Imported x;
  CHECK_EQ(x.entry("claude-code", R"({"type":"http","url":"https://h","headersHelper":"get.sh"})"),
           "a command of Claude Code writes the server's headers (\"headersHelper\")");
  CHECK_EQ(
      x.entry("claude-code",
              R"({"type":"http","url":"https://h","oauth":{"authServerMetadataUrl":"https://a"}})"),
      "only Claude Code can sign in as \"oauth.authServerMetadataUrl\" says");
  CHECK_EQ(x.entry("gemini", R"({"httpUrl":"https://h","authProviderType":"google_credentials"})"),
           "only Gemini CLI can sign in by \"authProviderType\": \"google_credentials\"");
  CHECK_EQ(x.entry("qwen", R"({"httpUrl":"https://h","authProviderType":"dynamic_discovery"})"),
           R"({"type":"http","url":"https://h"})");
  // The browser must return to this machine.
  CHECK(x.entry("gemini",
                R"({"httpUrl":"https://h","oauth":{"clientId":"c","redirectUri":"https://r/cb"}})")
            .find("redirect_uri") != std::string::npos);
}

TEST_CASE("a registered server with a URL is the same server the next time") {
  Home home;
  const std::string text =
      R"({"mcpServers":{"a":{"url":"https://h/mcp","headers":{"K":"${env:T}"}},"b":{"url":"https://i"}}})";
  home.write(home.file("cursor").path, text);
  REQUIRE(home.register_with("cursor").ok());
  CHECK(Home::read(home.places.config_file).find("\"url\": \"https://h/mcp\"") !=
        std::string::npos);
  CHECK_EQ(home.unregister(), "exact");
  CHECK_EQ(Home::read(home.file("cursor").path), text);
  const auto again = plan_register(home.request("cursor"));
  REQUIRE(again.ok());
  CHECK(again->servers[0].decision == ImportDecision::Present);
  CHECK(again->servers[1].decision == ImportDecision::Present);
  CHECK_FALSE(again->writes_config);
}

TEST_CASE("a client with few variables passes on those in headers and URLs") {
  Home home;
  home.variables = {{"T", "1"}, {"U", "2"}};
  home.write(home.file("codex").path,
             "[mcp_servers.a]\nurl = \"https://h\"\nbearer_token_env_var = \"T\"\n");
  const auto plan = plan_register(home.request("codex"));
  REQUIRE(plan.ok());
  CHECK_EQ(plan->entry.passed, std::vector<std::string>{"T"});
}

TEST_CASE("a client's secret for the sign-in moves to callgate's secrets") {
  const SecretHider hide = [](const std::string& text) { return text; };
  const auto moved = move_secrets(
      R"({"mcpServers":{"a":{"url":"https://h","auth":{"client_id":"c","client_secret":"s"}},"b":{"url":"https://i","auth":{"client_id":"c","client_secret":"${env:S}"}}}})",
      {}, hide, [](const std::string& server, const std::string& name, const std::string&) {
        return server + "." + name;
      });
  REQUIRE_EQ(moved.moved.size(), 1);
  CHECK_EQ(moved.moved[0].value, "s");
  CHECK(moved.text.find(R"("client_secret":"${secret:a.auth.client_secret}")") !=
        std::string::npos);
  CHECK(moved.left.empty());
}

}  // namespace callgate
