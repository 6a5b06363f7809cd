#include "config_test.h"

using namespace callgate;

namespace {

LoadedConfig with_entry(const std::string& entry) {
  return parsed(R"({"mcpServers": {"a": )" + entry + "}}");
}

}  // namespace

TEST_CASE("an entry with a URL is a remote server") {
  const auto loaded = with_entry(
      R"({"url": "https://h.example/mcp?x=1", "headers": {"Authorization": "Bearer ${secret:K}",
          "X-Team": 7, "X-None": null}, "type": "http", "call_timeout": "20s"})");
  CHECK(loaded.errors.empty());
  CHECK(loaded.broken.empty());
  CHECK(loaded.notes.empty());
  const ServerConfig& server = loaded.config.servers.at(0);
  REQUIRE(server.remote);
  CHECK(server.command.empty());
  CHECK(server.remote->url == "https://h.example/mcp?x=1");
  CHECK(server.remote->transport == RemoteConfig::Transport::Http);
  CHECK(server.remote->headers ==
        decltype(server.remote->headers){{"Authorization", "Bearer ${secret:K}"}, {"X-Team", "7"}});
  CHECK(server.call_timeout == Millis{20'000});
}

TEST_CASE("the keys that clients use for a URL and a transport are understood") {
  struct Case {
    const char* entry;
    RemoteConfig::Transport transport;
  };
  using Transport = RemoteConfig::Transport;
  for (const Case& each :
       {Case{R"({"url": "https://h/m"})", Transport::Auto},
        Case{R"({"serverUrl": "https://h/m"})", Transport::Auto},
        Case{R"({"httpUrl": "https://h/m"})", Transport::Auto},
        Case{R"({"uri": "https://h/m", "type": "streamable_http"})", Transport::Http},
        Case{R"({"url": "https://h/m", "transport": "streamable-http"})", Transport::Http},
        Case{R"({"url": "https://h/m", "transportType": "streamableHttp"})", Transport::Http},
        Case{R"({"url": "https://h/m", "type": "sse"})", Transport::Sse},
        Case{R"({"url": "https://h/m", "type": "remote"})", Transport::Auto},
        Case{R"({"url": "https://h/m", "command": null})", Transport::Auto}}) {
    CAPTURE(each.entry);
    const auto loaded = with_entry(each.entry);
    CHECK(loaded.broken.empty());
    REQUIRE(loaded.config.servers.at(0).remote);
    CHECK(loaded.config.servers[0].remote->url == "https://h/m");
    CHECK(loaded.config.servers[0].remote->transport == each.transport);
  }
  for (const char* entry :
       {R"({"command": "x", "type": "stdio"})", R"({"command": "x", "type": "local", "url": null})",
        R"({"command": "x", "headers": {}, "allow_http": false})"}) {
    CAPTURE(entry);
    const auto loaded = with_entry(entry);
    CHECK(loaded.broken.empty());
    CHECK_FALSE(loaded.config.servers.at(0).remote);
  }
}

TEST_CASE("an entry is for a command or for a URL, not for both") {
  CHECK(has_error(with_entry("{}"), "\"command\" or \"url\" is missing"));
  CHECK(has_error(with_entry(R"({"url": "https://h/m", "command": "x"})"),
                  "remove \"command\" or \"url\""));
  for (const char* key : {R"("args": [])", R"("env": {})", R"("env_pass": [])", R"("cwd": "/")",
                          R"("stdio": "pipes")"})
    CHECK(
        has_error(with_entry(std::string(R"({"url": "https://h/m", )") + key + "}"), "or \"url\""));
  CHECK(has_error(with_entry(R"({"command": "x", "headers": {"A": "b"}})"), "\"url\" is missing"));
  CHECK(has_error(with_entry(R"({"command": "x", "type": "http"})"), "\"url\" is missing"));
  CHECK(has_error(with_entry(R"({"url": "https://h/m", "type": "tcp"})"), "type"));
}

TEST_CASE("a URL that cannot be used is an error") {
  for (const char* url : {"", "h.example/mcp", "ftp://h/m", "file:///etc/passwd", "https://u:p@h/m",
                          "https://h/m#x", "https://h/a b", "javascript:alert(1)", "https:///m"}) {
    CAPTURE(url);
    CHECK(has_error(with_entry(std::string(R"({"url": ")") + url + "\"}"), "the URL "));
  }
  // The value is not known yet.
  CHECK(with_entry(R"({"url": "https://h/m?key=${secret:K}"})").broken.empty());
}

TEST_CASE("http is for this machine only, unless the user allows it") {
  for (const char* url : {"http://localhost:3000/mcp", "http://127.0.0.1/mcp", "http://[::1]/mcp"})
    CHECK(with_entry(std::string(R"({"url": ")") + url + "\"}").broken.empty());
  CHECK(has_error(with_entry(R"({"url": "http://h.example/mcp"})"), "\"allow_http\": true"));
  CHECK(with_entry(R"({"url": "http://h.example/mcp", "allow_http": true})").broken.empty());
}

TEST_CASE("headers that belong to the protocol, and headers that no request can have, are errors") {
  const auto with_header = [](const std::string& name, const std::string& value) {
    return with_entry(R"({"url": "https://h/m", "headers": {")" + name + "\": \"" + value + "\"}}");
  };
  for (const char* name : {"Mcp-Session-Id", "MCP-Protocol-Version", "mcp-method", "Host",
                           "content-type", "Accept", "Transfer-Encoding", "Last-Event-ID"})
    CHECK(has_error(with_header(name, "x"), "callgate sets this header itself"));
  for (const char* name : {"", "a b", "a:b", "ä"})
    CHECK(has_error(with_header(name, "x"), "not the name of an HTTP header"));
  CHECK(has_error(with_header("X-A", "a\\nb"), "no control characters"));
  CHECK(with_header("X-A", std::string(8192, 'v')).broken.empty());
  CHECK(has_error(with_header("X-A", std::string(8193, 'v')), "8,192 bytes"));
  const auto many = [](int count) {
    std::string headers;
    for (int i = 0; i < count; ++i)
      headers += (i ? ", \"X-" : "\"X-") + std::to_string(i) + R"(": "v")";
    return with_entry(R"({"url": "https://h/m", "headers": {)" + headers + "}}");
  };
  CHECK(many(64).broken.empty());
  CHECK(has_error(many(65), "more than 64 headers"));
}

TEST_CASE("a rule may name only a configured account") {
  const auto rule = [](const std::string& account, const std::string& in = "policy") {
    const std::string policy = R"({"deny": [{"tool": "r__*", "account": ")" + account + "\"}]}";
    return parse_config(
        R"({"mcpServers": {"r": {"url": "https://h/mcp", "accounts": {"work": {}, "home": {}}}},)" +
            (in == "policy" ? R"("policy": )" + policy
                            : R"("profiles": {"p": {"policy": )" + policy + "}}") +
            "}",
        "config.json", "/home/me");
  };
  const LoadedConfig good = rule("work");
  CHECK(good.errors.empty());
  CHECK(good.config.policy.deny.at(0).account == "work");
  CHECK(rule("w*").errors.empty());
  CHECK(rule("home", "profiles").errors.empty());
  for (const char* in : {"policy", "profiles"})
    CHECK(has_error(rule("wrk", in), "no server has an account \"wrk\"; did you mean \"work\"?"));
}
