// Commands that only connect to a URL become servers that callgate reaches itself, if every word is
// understood.

#include "desktop/imports/server_json.h"
#include "desktop_support.h"

namespace callgate {

namespace {

using Line = std::vector<std::string>;

/// Returns the entry without the bridge; "" if the command stays.
std::string direct(Line words, std::vector<std::pair<std::string, std::string>> env = {}) {
  ServerConfig server;
  server.command = words[0];
  server.args.assign(words.begin() + 1, words.end());
  server.env = std::move(env);
  const auto found = without_bridge(server);
  return found ? server_json(*found) : "";
}

/// Returns the entry for mcp-remote with a URL and these further arguments.
std::string remote_with(const Line& more,
                        std::vector<std::pair<std::string, std::string>> env = {}) {
  Line words{"npx", "-y", "mcp-remote@0.15.1", "https://h/mcp"};
  words.insert(words.end(), more.begin(), more.end());
  return direct(words, std::move(env));
}

constexpr const char* kPlain = R"({"url":"https://h/mcp"})";

}  // namespace

TEST_CASE("a bridge is recognised by whatever starts it") {
  for (const Line& start : {Line{"npx", "mcp-remote"}, Line{"npx", "--yes", "mcp-remote@latest"},
                            Line{"/usr/bin/npx", "-y", "--", "mcp-remote"}, Line{"mcp-remote"},
                            Line{"bunx", "--bun", "mcp-remote"}, Line{"bun", "x", "mcp-remote"},
                            Line{"pnpm", "dlx", "mcp-remote"}, Line{"yarn", "dlx", "mcp-remote"},
                            Line{"npm", "exec", "--", "mcp-remote"},
                            Line{"node", "/o/node_modules/mcp-remote/dist/proxy.js"}}) {
    Line words = start;
    words.emplace_back("https://h/mcp");
    CHECK_EQ(direct(words), kPlain);
  }
  CHECK_EQ(direct({"npx", "-y", "mcp-remote-static", "https://h/mcp"}), "");
  CHECK_EQ(direct({"npx", "-y", "@me/mcp-remote", "https://h/mcp"}), "");
  CHECK_EQ(direct({"npx", "-p", "mcp-remote", "https://h/mcp"}), "");
  CHECK_EQ(direct({"npx", "-y", "mcp-remote"}), "");
  CHECK_EQ(direct({"npx"}), "");
  CHECK_EQ(direct({"node", "proxy.js", "https://h/mcp"}), "");
}

TEST_CASE("headers of mcp-remote get their variables, from the entry or from callgate's own") {
  CHECK_EQ(
      remote_with({"--header", "Authorization:${AUTH}", "--header", "X-Team: a b"},
                  {{"AUTH", "Bearer ${env:T}"}}),
      R"({"url":"https://h/mcp","headers":{"Authorization":"Bearer ${env:T}","X-Team":"a b"}})");
  CHECK_EQ(remote_with({"--header", "X:$${A}$"}),
           R"({"url":"https://h/mcp","headers":{"X":"$$${env:A}$"}})");
  CHECK_EQ(direct({"npx", "mcp-remote", "--header", "A: b", "https://h/mcp"}),
           R"({"url":"https://h/mcp","headers":{"A":"b"}})");
  CHECK_EQ(remote_with({"--header", "no header"}), "");
  CHECK_EQ(remote_with({"--header"}), "");
  CHECK_EQ(remote_with({"--header", "Host: h"}), "");  // our configuration refuses it
}

TEST_CASE("a variable that the bridge itself could read keeps the bridge") {
  CHECK_EQ(remote_with({}, {{"NODE_EXTRA_CA_CERTS", "/ca.pem"}}), "");
  CHECK_EQ(remote_with({}, {{"PATH", "/bin"}, {"MCP_REMOTE_CONFIG_DIR", "/d"}}), kPlain);
}

TEST_CASE("options of mcp-remote are understood, or the bridge is kept") {
  CHECK_EQ(remote_with({"--transport", "http-only"}), R"({"type":"http","url":"https://h/mcp"})");
  CHECK_EQ(remote_with({"--transport", "sse-only"}), R"({"type":"sse","url":"https://h/mcp"})");
  CHECK_EQ(remote_with({"--transport", "sse-first"}), kPlain);
  CHECK_EQ(remote_with({"3334", "--debug", "--silent", "--enable-proxy", "--auth-timeout", "60"}),
           kPlain);
  CHECK_EQ(remote_with({"--protocol", "auto", "--host", "127.0.0.1", "--callback-path", "/cb"}),
           kPlain);
  CHECK_EQ(remote_with({"--resource", "https://h/mcp"}), kPlain);
  CHECK_EQ(remote_with({"--disable-resource-parameter"}),
           R"({"url":"https://h/mcp","auth":{"resource":"none"}})");
  CHECK_EQ(remote_with({"--authorize-param", "audience=a=b"}),
           R"({"url":"https://h/mcp","auth":{"parameters":{"audience":"a=b"}}})");
  CHECK_EQ(remote_with({"--static-oauth-client-metadata", R"({"scope":"a b"})"}),
           R"({"url":"https://h/mcp","auth":{"scopes":["a","b"]}})");
  for (const Line& more :
       {Line{"--transport", "fast"}, Line{"--resource", "https://tenant"}, Line{"--ipv4"},
        Line{"--new-option"}, Line{"--ignore-tool", "delete*"}, Line{"--header-file", "/f"},
        Line{"--auth-timeout"}, Line{"--authorize-param", "state=x"},
        Line{"--static-oauth-client-metadata", "@/f"},
        Line{"--static-oauth-client-metadata", R"({"client_name":"n"})"}, Line{"--use-id-token"},
        Line{"word"}, Line{"--debug", "3334"}})
    CHECK_EQ(remote_with(more), "");
}

TEST_CASE("mcp-remote's client is taken over if the port to which the browser returns is named") {
  const Line info{"--static-oauth-client-info", R"({"client_id":"c","client_secret":"${S}"})"};
  Line named = info;
  named.insert(named.begin(), "3334");
  CHECK_EQ(
      remote_with(named, {{"S", "s"}}),
      R"({"url":"https://h/mcp","auth":{"client_id":"c","client_secret":"s","redirect_uri":"http://localhost:3334/oauth/callback"}})");
  CHECK_EQ(remote_with(info), "");
  Line alone = info;
  alone.emplace_back("--client-credentials");
  CHECK_EQ(
      remote_with(alone),
      R"({"url":"https://h/mcp","auth":{"way":"client_credentials","client_id":"c","client_secret":"${env:S}"}})");
  CHECK_EQ(remote_with({"--client-credentials"}), "");
  CHECK_EQ(remote_with({"--device-code"}), R"({"url":"https://h/mcp","auth":{"way":"device"}})");
  CHECK_EQ(remote_with({"3334", "--static-oauth-client-info", "@/f"}), "");
  CHECK_EQ(remote_with({"3334", "--static-oauth-client-info", R"({"client_id":"${C}"})"}), "");
  CHECK_EQ(remote_with({"3334", "--host", "me.example", "--static-oauth-client-info",
                        R"({"client_id":"c"})"}),
           "");
}

TEST_CASE("supergateway is understood when it connects to a URL") {
  CHECK_EQ(direct({"npx", "-y", "supergateway", "--sse", "https://h/sse"}),
           R"({"type":"sse","url":"https://h/sse"})");
  CHECK_EQ(
      direct({"npx", "-y", "supergateway@3", "--streamableHttp=http://h/mcp", "--header", "X-A: b",
              "--oauth2Bearer", "t", "--logLevel", "none"}),
      R"({"type":"http","url":"http://h/mcp","allow_http":true,"headers":{"X-A":"b","Authorization":"Bearer t"}})");
  CHECK_EQ(direct({"npx", "-y", "supergateway", "--stdio", "uvx a"}), "");
  CHECK_EQ(direct({"npx", "-y", "supergateway", "--sse", "https://h", "--port", "1"}), "");
  CHECK_EQ(direct({"npx", "-y", "supergateway", "--sse", "https://h", "--sse", "https://i"}), "");
  CHECK_EQ(direct({"npx", "-y", "supergateway", "--sse"}), "");
}

TEST_CASE("an imported bridge keeps the client's variables, and otherwise its command") {
  Home home;
  const auto imported = [&](std::string_view client, std::string_view json) {
    return import_server("x", json, home.file(client), home.machine);
  };
  const ServerImport x = imported(
      "cursor",
      R"({"command":"npx","args":["-y","mcp-remote","${env:URL}","--header","A:${B}","--keep-alive"],"env":{"B":"${env:C}"},"disabled":true})");
  CHECK_EQ(server_json(x.server),
           R"({"url":"${env:URL}","headers":{"A":"${env:C}"},"disabled":true})");
  CHECK_EQ(x.notes[0],
           "callgate reaches the server itself, without mcp-remote and its options --keep-alive");
  const ServerImport codex = imported(
      "codex",
      R"({"command":"npx","args":["mcp-remote","https://h","--header","A:${B}"],"env_vars":["B"]})");
  CHECK_EQ(server_json(codex.server), R"({"url":"https://h","headers":{"A":"${env:B}"}})");
  const ServerImport kept =
      imported("cursor", R"({"command":"npx","args":["mcp-remote","https://h","--new"]})");
  CHECK_EQ(kept.server.args, Line{"mcp-remote", "https://h", "--new"});
  CHECK(kept.notes.empty());
}

TEST_CASE("a server that our configuration reaches by a bridge is not imported again") {
  Home home;
  home.write(
      home.places.config_file,
      R"({"mcpServers":{"a":{"command":"npx","args":["-y","mcp-remote@0.15.1","https://h/mcp","--header","K:${HEADER_K}"],"env":{"HEADER_K":"v"}}}})");
  home.write(home.file("cursor").path,
             R"({"mcpServers":{"a":{"url":"https://h/mcp","headers":{"K":"v"}}}})");
  const auto plan = plan_register(home.request("cursor"));
  REQUIRE(plan.ok());
  CHECK(plan->servers[0].decision == ImportDecision::Present);
  CHECK_FALSE(plan->writes_config);
}

}  // namespace callgate
