// The addresses on which `callgate serve` listens.
#include "config_test.h"

using namespace callgate;

TEST_CASE("an address to listen on consists of a host and a port") {
  const auto shown = [](std::string_view text) {
    const auto address = parse_listen(text);
    return address ? address->host + " " + std::to_string(address->port) : "none";
  };
  CHECK(shown("127.0.0.1:7420") == "127.0.0.1 7420");
  CHECK(shown("localhost:0") == "localhost 0");
  CHECK(shown("[::1]:65535") == "::1 65535");
  for (const char* bad : {"", "7420", ":7420", "localhost", "localhost:", "localhost:x",
                          "localhost:65536", "localhost:-1", "localhost: 1", "::1:7420", "[::1]",
                          "[]:1", "[a]:1", "a]:1", "http://a:1", "a/b:1", "a b:1", "a@b:1"}) {
    CAPTURE(bad);
    CHECK(shown(bad) == "none");
  }
}

TEST_CASE("http.listen is one address or several") {
  const auto none = parsed(R"({"mcpServers": {}})").config.http;
  REQUIRE(none.listen.size() == 1);
  CHECK(none.listen[0].host == "127.0.0.1");
  CHECK(none.listen[0].port == 7420);
  const auto one = parsed(R"({"http": {"listen": "[::1]:1"}})");
  CHECK(one.errors.empty());
  REQUIRE(one.config.http.listen.size() == 1);
  CHECK(one.config.http.listen[0].host == "::1");
  const auto two =
      parsed(R"({"http": {"listen": ["a:1", "b:2"], "hosts": ["box.lan", "[fd00::1]"]}})");
  CHECK(two.errors.empty());
  CHECK(two.config.http.listen.size() == 2);
  CHECK(two.config.http.hosts == std::vector<std::string>{"box.lan", "[fd00::1]"});
}

TEST_CASE("http.origins must be whole origins") {
  const auto good = parsed(
      R"({"http": {"origins": ["app://obsidian.md", "vscode-webview://*", "tauri://localhost",
          "chrome-extension://abc", "https://tools.example:8443"]}})");
  CHECK(good.errors.empty());
  CHECK(good.config.http.origins.size() == 5);
  for (const char* bad :
       {"null", "*", "app:", "app://", "https://*", "http://*", "https://a/", "https://a/b",
        "https://*.a", "https://u@a", "a.example", "https://a b", "App://a", "1a://b"}) {
    CAPTURE(bad);
    CHECK(has_error(parsed(R"({"http": {"origins": [")" + std::string(bad) + R"("]}})"),
                    "is not an origin"));
  }
}

TEST_CASE("an invalid address or host name is an error") {
  CHECK(has_error(parsed(R"({"http": {"listen": "7420"}})"), "not an address to listen on"));
  CHECK(has_error(parsed(R"({"http": {"listen": []}})"), "needs one to 16 addresses"));
  CHECK(has_error(parsed(R"({"http": {"listen": [1]}})"), "config.type"));
  CHECK(has_error(parsed(R"({"http": {"hosts": ["a:1"]}})"), "is not a host name"));
  CHECK(has_error(parsed(R"({"http": {"hosts": ["http://a"]}})"), "is not a host name"));
  CHECK(has_error(parsed(R"({"http": {"host": []}})"), "config.unknown_key"));
  std::string many = R"("a:1")";
  for (int i = 1; i < 16; ++i) many += R"(,"a:1")";
  CHECK(parsed(R"({"http": {"listen": [)" + many + "]}}").errors.empty());
  CHECK(has_error(parsed(R"({"http": {"listen": [)" + many + R"(,"a:1"]}})"), "one to 16"));
}
