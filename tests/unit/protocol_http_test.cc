// Which HTTP requests are accepted, and the status of their answers.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "callgate/protocol/http_rules.h"
#include "callgate/wire/message.h"

using namespace callgate;

namespace {

/// A request without a body.
class Request {
 public:
  explicit Request(const std::string& line, const std::string& fields = "Host: localhost\r\n") {
    const std::string bytes = line + " HTTP/1.1\r\n" + fields + "\r\n";
    CHECK(reader_.push(bytes) == bytes.size());
    REQUIRE(reader_.state() == HttpReader::State::Complete);
  }
  const HttpHead& head() const { return reader_.head(); }

 private:
  HttpReader reader_;
};

int door(const std::string& line, const std::string& fields) {
  HttpTarget target;
  const auto fault =
      check_door(Request(line, fields).head(), HttpHosts({"box.lan", "[fd00::1]"}), target);
  return fault ? fault->status : 0;
}

int content(const std::string& line, const std::string& fields) {
  const Request request(line, "Host: localhost\r\n" + fields);
  HttpTarget target;
  REQUIRE_FALSE(check_door(request.head(), HttpHosts(), target));
  const auto fault = check_content(request.head(), target);
  return fault ? fault->status : 0;
}

/// Returns the message of the fault of a modern request with these headers, or "" if there is none.
std::string modern(const std::string& headers, const std::string& method,
                   const std::string& params_rest, bool request = true) {
  Walker walker;
  const auto message = walker.walk(
      R"({"jsonrpc":"2.0",)" + std::string(request ? R"("id":1,)" : "") + R"("method":")" + method +
      R"(","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":)"
      R"("2026-07-28"})" +
      params_rest + "}}");
  REQUIRE(message);
  const auto rpc = classify((*message)->root());
  REQUIRE(rpc);
  const auto fault =
      check_modern_headers(Request("POST /mcp", "Host: localhost\r\n" + headers).head(), *rpc);
  if (!fault) return "";
  CHECK(fault->status == 400);
  CHECK(fault->code == ErrorCode::HeaderMismatch);
  return fault->message;
}

const std::string kVersion = "MCP-Protocol-Version: 2026-07-28\r\n";

}  // namespace

TEST_CASE("of all hosts and origins, only our own names are accepted") {
  const std::vector<std::pair<std::string, bool>> hosts = {
      {"localhost", true},
      {"LOCALHOST:80", true},
      {"127.0.0.1:7420", true},
      {"[::1]", true},
      {"[::1]:65535", true},
      {"box.lan:7420", true},
      {"Box.LAN", true},
      {"[fd00::1]:1", true},
      {"evil.example", false},
      {"localhost.evil", false},
      {"evil.localhost", false},
      {"127.0.0.1.evil", false},
      {"127.0.0.2", false},
      {"0.0.0.0", false},
      {"::1", false},
      {"", false},
      {":80", false},
      {"localhost:", false},
      {"localhost:x", false},
      {"localhost:123456", false},
      {"localhost:80:80", false},
      {"user@localhost", false},
      {"localhost/x", false},
      {"localhost,evil", false},
  };
  const std::vector<std::pair<std::string, bool>> origins = {
      {"", true},
      {"Origin: http://localhost\r\n", true},
      {"Origin: https://127.0.0.1:3000\r\n", true},
      {"Origin: http://[::1]:1\r\n", true},
      {"Origin: http://box.lan\r\n", true},
      {"Origin: http://evil.example\r\n", false},
      {"Origin: http://localhost.evil.example\r\n", false},
      {"Origin: http://localhost/\r\n", false},
      {"Origin: http://localhost@evil\r\n", false},
      {"Origin: ws://localhost\r\n", false},
      {"Origin: HTTP://localhost\r\n", false},
      {"Origin: localhost\r\n", false},
      {"Origin: null\r\n", false},
      {"Origin:\r\n", false},
  };
  for (const auto& [a_host, host_fine] : hosts) {
    const auto& host = a_host;  // clang 14 cannot capture structured bindings
    for (const auto& [an_origin, origin_fine] : origins) {
      const auto& origin = an_origin;
      for (const char* line : {"POST /mcp", "GET /sse", "GET /healthz", "POST /messages?x"}) {
        CAPTURE(host);
        CAPTURE(origin);
        CHECK(door(line, "Host: " + host + "\r\n" + origin) ==
              (host_fine && origin_fine ? 0 : 403));
      }
    }
  }
}

TEST_CASE("each path accepts its own methods, and the error for another method lists them") {
  const std::string host = "Host: localhost\r\n";
  const std::vector<std::pair<std::string, int>> lines = {
      {"POST /mcp", 0},
      {"GET /mcp", 0},
      {"DELETE /mcp", 0},
      {"PUT /mcp", 405},
      {"HEAD /mcp", 405},
      {"OPTIONS /mcp", 405},
      {"PATCH /mcp", 405},
      {"BREW /mcp", 501},
      {"post /mcp", 501},
      {"GET /sse", 0},
      {"POST /sse", 405},
      {"GET /messages", 405},
      {"POST /messages", 0},
      {"GET /healthz", 0},
      {"HEAD /healthz", 0},
      {"POST /healthz", 405},
      {"GET /", 404},
      {"GET /mcp/", 0},
      {"POST /messages/", 0},
      {"GET /mcp//", 404},
      {"GET /MCP", 404},
      {"GET //mcp", 404},
      {"GET /mcp/../healthz", 404},
      {"GET /%6dcp", 404},
      {"GET /.well-known/oauth-protected-resource", 404},
  };
  for (const auto& [a_line, status] : lines) {
    const auto& line = a_line;
    CAPTURE(line);
    CHECK(door(line, host) == status);
  }
  HttpTarget target;
  const auto fault = check_door(Request("PUT /mcp").head(), HttpHosts(), target);
  REQUIRE(fault);
  CHECK(fault->fields == "Allow: GET, POST, DELETE\r\n");
}

TEST_CASE("only a page of an allowed origin gets CORS headers") {
  const HttpHosts hosts({"box.lan"},
                        {"app://obsidian.md", "vscode-webview://*", "https://tools.example:8443"});
  const auto allowed = [&](const std::string& origin, const std::string& line = "OPTIONS /mcp") {
    HttpTarget target;
    const Request request(line, "Host: localhost\r\nOrigin: " + origin + "\r\n");
    const auto fault = check_door(request.head(), hosts, target);
    const std::string fields = origin_fields(target);
    if (fault && fault->status == 403) CHECK(fields.empty());
    const bool named = fields.find("Access-Control-Allow-Origin: " + origin + "\r\n") == 0;
    CHECK(named == !fields.empty());
    CHECK((target.preflight && !fault) == (named && line == "OPTIONS /mcp"));
    return named;
  };
  for (const char* good :
       {"http://localhost:5173", "https://box.lan", "app://obsidian.md",
        "https://tools.example:8443", "vscode-webview://0f8s9", "http://127.0.0.1"}) {
    CAPTURE(good);
    CHECK(allowed(good));
    CHECK(allowed(good, "POST /mcp"));
    CHECK(allowed(good, "GET /nothing"));
  }
  for (const char* bad :
       {"null", "app://obsidian.md.evil", "app://obsidian.mdx", "app://other", "APP://obsidian.md",
        "https://tools.example", "https://tools.example:84430", "vscode-webview://",
        "vscode-webview:", "https://evil.example", "http://localhost.evil", "tauri://localhost",
        "*"}) {
    CAPTURE(bad);
    CHECK_FALSE(allowed(bad));
    CHECK_FALSE(allowed(bad, "POST /mcp"));
  }
}

TEST_CASE(
    "a preflight allows MCP's headers, and those headers of tools' parameters that it requests") {
  const Request request("OPTIONS /mcp",
                        "Host: localhost\r\nOrigin: http://localhost\r\n"
                        "Access-Control-Request-Headers: mcp-param-region, x-other, "
                        "mcp-param-a:b, mcp-param-\r\n");
  const std::string fields = preflight_fields(request.head());
  CHECK(fields.find("Access-Control-Allow-Methods: GET, POST, DELETE\r\n") != std::string::npos);
  CHECK(fields.find("Authorization, Content-Type, Accept, Last-Event-ID, Mcp-Session-Id, "
                    "MCP-Protocol-Version, Mcp-Method, Mcp-Name, mcp-param-region\r\n") !=
        std::string::npos);
  CHECK(fields.find("Private-Network") == std::string::npos);
}

TEST_CASE("a path may end in a slash") {
  const std::string host = "Host: localhost\r\n";
  CHECK(door("POST /mcp/", host) == 0);
  CHECK(door("GET /sse/", host) == 0);
  CHECK(door("POST /messages/?sessionId=1", host) == 0);
  CHECK(door("GET /healthz/", host) == 0);
  for (const char* line : {"POST /mcp//", "POST //mcp", "POST /", "POST /mcp/x", "POST /mcp/."}) {
    CAPTURE(line);
    CHECK(door(line, host) == 404);
  }
}

TEST_CASE("each method is checked with the Accept and Content-Type fields of real clients") {
  const std::string both = "Accept: application/json, text/event-stream\r\n";
  const std::string json = "Content-Type: application/json\r\n";
  CHECK(content("POST /mcp", both + json) == 0);
  CHECK(content("POST /mcp", "Accept: text/event-stream\r\nAccept: application/json\r\n" + json) ==
        0);
  CHECK(content("POST /mcp", "Accept: */*\r\n" + json) == 0);
  CHECK(content("POST /mcp", "Accept: application/*;q=0.9, TEXT/*\r\n" + json) == 0);
  CHECK(content("POST /mcp", json) == 406);
  CHECK(content("POST /mcp", "Accept: application/json\r\n" + json) == 406);
  CHECK(content("POST /mcp", "Accept: text/event-stream\r\n" + json) == 406);
  CHECK(content("POST /mcp", "Accept: application/jsonx, text/event-streams\r\n" + json) == 406);
  CHECK(content("POST /mcp", both) == 415);
  CHECK(content("POST /mcp", both + "Content-Type: text/plain\r\n") == 415);
  CHECK(content("POST /mcp", both + "Content-Type: text/plain; x=application/json\r\n") == 415);
  CHECK(content("POST /mcp", both + "Content-Type: application/json-rpc\r\n") == 415);
  CHECK(content("POST /mcp", both + "Content-Type: Application/JSON ; charset=utf-8\r\n") == 0);
  CHECK(content("GET /mcp", "Accept: text/event-stream\r\n") == 0);
  CHECK(content("GET /mcp", "Accept: application/json\r\n") == 406);
  CHECK(content("GET /mcp", "") == 406);
  CHECK(content("DELETE /mcp", "") == 0);
  CHECK(content("GET /sse", "") == 0);
  CHECK(content("GET /sse", "Accept: text/html\r\n") == 406);
  CHECK(content("POST /messages?sessionId=1", json) == 0);
  CHECK(content("POST /messages?sessionId=1", "") == 415);
  CHECK(content("GET /healthz", "") == 0);
}

TEST_CASE("a session's request may name any revision of its era, or none") {
  const auto status = [](const std::string& version) {
    const auto fault = check_legacy_version(
        Request("POST /mcp", "Host: localhost\r\nMCP-Protocol-Version: " + version + "\r\n")
            .head());
    return fault ? fault->status : 0;
  };
  for (const char* known : {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"})
    CHECK(status(known) == 0);
  for (const char* unknown : {"", "1.0", "2025-11-25x", "2026-07-28", "2099-01-01"})
    CHECK(status(unknown) == 400);
  CHECK_FALSE(check_legacy_version(Request("POST /mcp").head()));
}

TEST_CASE("the headers of a modern request must agree with its body") {
  const std::string call = kVersion + "Mcp-Method: tools/call\r\n";
  CHECK(modern(call + "Mcp-Name: a\r\n", "tools/call", R"(,"name":"a")").empty());
  CHECK(modern(call + "MCP-NAME:   a  \r\n", "tools/call", R"(,"name":"a")").empty());
  CHECK(modern(kVersion + "Mcp-Method: tools/list\r\n", "tools/list", "").empty());
  CHECK(modern(call + "Mcp-Name: A\r\n", "tools/call", R"(,"name":"a")") != "");
  CHECK(modern(call, "tools/call", R"(,"name":"a")") != "");
  CHECK(modern(call, "tools/call", "").empty());  // the gate reports the missing name
  CHECK(modern(kVersion, "tools/list", "") != "");
  CHECK(modern(kVersion + "Mcp-Method: Tools/List\r\n", "tools/list", "") != "");
  CHECK(modern("Mcp-Method: tools/list\r\n", "tools/list", "") != "");
  CHECK(modern("MCP-Protocol-Version: 2025-11-25\r\nMcp-Method: tools/list\r\n", "tools/list",
               "") != "");
  CHECK(modern(kVersion + "Mcp-Method: prompts/get\r\nMcp-Name: p\r\n", "prompts/get",
               R"(,"name":"p")")
            .empty());
  CHECK(modern(kVersion + "Mcp-Method: resources/read\r\nMcp-Name: file:///x\r\n", "resources/read",
               R"(,"uri":"file:///x")")
            .empty());
  CHECK(modern(kVersion + "Mcp-Method: tasks/get\r\nMcp-Name: t\r\n", "tasks/get",
               R"(,"taskId":"u")") != "");
  // Notifications need no headers, but headers that they have must be right.
  CHECK(modern("", "notifications/cancelled", "", false).empty());
  CHECK(modern("Mcp-Method: x\r\n", "notifications/cancelled", "", false) != "");
}

TEST_CASE("header values in Base64 are decoded before they are compared") {
  CHECK(header_value("plain") == "plain");
  CHECK(header_value("=?base64?SGVsbG8=?=") == "Hello");
  CHECK(header_value("=?base64?SGVsbA==?=") == "Hell");
  CHECK(header_value("=?base64?SGVs?=") == "Hel");
  CHECK(header_value("=?base64?"
                     "?=") == "");
  CHECK(header_value("SGVsbG8=") == "SGVsbG8=");
  CHECK(header_value("=?base64?SGVsbG8=") == "=?base64?SGVsbG8=");
  CHECK(header_value("=?BASE64?SGVsbG8=?=") == "=?BASE64?SGVsbG8=?=");
  for (const char* bad : {"=?base64?SGVsbG8?=", "=?base64?SGVs!!!bG8=?=", "=?base64?=?=",
                          "=?base64?====?=", "=?base64?A===?=", "=?base64?SG=s?="}) {
    CAPTURE(bad);
    CHECK_FALSE(header_value(bad));
  }
  const std::string read = kVersion + "Mcp-Method: resources/read\r\nMcp-Name: ";
  CHECK(modern(read + "=?base64?w6k=?=\r\n", "resources/read", ",\"uri\":\"\xc3\xa9\"").empty());
  CHECK(modern(read + "=?base64?w6k?=\r\n", "resources/read", ",\"uri\":\"\xc3\xa9\"") != "");
}

TEST_CASE("an error's code determines the HTTP status") {
  CHECK(modern_status(0) == 200);
  CHECK(modern_status(-32601) == 404);
  CHECK(modern_status(-32602) == 200);
  CHECK(modern_status(-32603) == 200);
  CHECK(modern_status(-32700) == 400);
  CHECK(modern_status(-32600) == 400);
  CHECK(modern_status(-32020) == 400);
  CHECK(modern_status(-32021) == 400);
  CHECK(modern_status(-32022) == 400);
  CHECK(legacy_status(0) == 200);
  CHECK(legacy_status(-32601) == 200);
  CHECK(legacy_status(-32600) == 400);
}

TEST_CASE("headers for arguments must agree with the arguments") {
  Walker walker;
  const auto parsed = [&walker](const std::string& text) {
    const auto message = walker.walk(text);
    REQUIRE(message);
    return *message;
  };
  const auto tool = parsed(
      R"({"inputSchema":{"properties":{"region":{"type":"string","x-mcp-header":"Region"},)"
      R"("n":{"type":"integer","x-mcp-header":"N"},"on":{"type":"boolean","x-mcp-header":"On"},)"
      R"("deep":{"properties":{"x":{"type":"string","x-mcp-header":"X"}}},"plain":{}}}})");
  const auto fits = [&](const std::string& headers, const std::string& arguments) {
    const auto message = parsed(arguments);
    const auto fault =
        check_param_headers(Request("POST /mcp", "Host: localhost\r\n" + headers).head(),
                            tool->root(), message->root());
    if (fault) CHECK(fault->code == ErrorCode::HeaderMismatch);
    return !fault;
  };
  CHECK(fits("", "{}"));
  CHECK(fits("", R"({"plain":1,"region":null})"));
  CHECK(fits("mcp-param-region: eu\r\n", R"({"region":"eu"})"));
  CHECK(fits("Mcp-Param-Region: =?base64?w6k=?=\r\n", "{\"region\":\"\xc3\xa9\"}"));
  CHECK(fits("Mcp-Param-N: 7\r\nMcp-Param-On: true\r\n", R"({"n":7.0,"on":true})"));
  CHECK(fits("Mcp-Param-X: y\r\n", R"({"deep":{"x":"y"}})"));
  CHECK(fits("Mcp-Param-Other: y\r\n", "{}"));
  CHECK_FALSE(fits("", R"({"region":"eu"})"));
  CHECK_FALSE(fits("Mcp-Param-Region: eu\r\n", "{}"));
  CHECK_FALSE(fits("Mcp-Param-Region: EU\r\n", R"({"region":"eu"})"));
  CHECK_FALSE(fits("Mcp-Param-Region: eu\r\nMcp-Param-Region: eu\r\n", R"({"region":"eu"})"));
  CHECK_FALSE(fits("Mcp-Param-Region: =?base64?w6k?=\r\n", "{\"region\":\"\xc3\xa9\"}"));
  CHECK_FALSE(fits("Mcp-Param-N: 7x\r\n", R"({"n":7})"));
  CHECK_FALSE(fits("Mcp-Param-N: 8\r\n", R"({"n":7})"));
  CHECK_FALSE(fits("Mcp-Param-On: True\r\n", R"({"on":true})"));
  CHECK_FALSE(fits("Mcp-Param-X: z\r\n", R"({"deep":{"x":"y"}})"));
  CHECK_FALSE(fits("Mcp-Param-X: z\r\n", R"({"deep":3})"));
}
