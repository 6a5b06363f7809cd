// A RemoteServer, the server of HTTP that it talks to, and what the gate would see.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "callgate/remote/remote_server.h"
#include "callgate/wire/message.h"
#include "callgate/wire/sse.h"
#include "remote_support.h"

namespace callgate {

inline constexpr std::string_view kInitialize =
    R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}})";
inline constexpr std::string_view kInitialized =
    R"({"jsonrpc":"2.0","method":"notifications/initialized"})";
inline constexpr std::string_view kGreeting =
    R"("result":{"protocolVersion":"2025-11-25","capabilities":{"tools":{"listChanged":true},"prompts":{}},"serverInfo":{"name":"s","version":"1"}}})";

inline MessagePtr parsed(std::string_view text) {
  Walker walker;
  auto message = walker.walk(std::string(text));
  REQUIRE(message.ok());
  return *message;
}

/// A request of the legacy era; with `meta`, of the modern era.
inline std::string request(int id, const std::string& method, const std::string& params = "{}") {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + method +
         R"(","params":)" + params + "}";
}
inline std::string modern(int id, const std::string& method, const std::string& members = "") {
  return request(id, method,
                 R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"})" +
                     (members.empty() ? "" : "," + members) + "}");
}
inline std::string result(std::string_view id, const std::string& text = "{}") {
  return R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"result":)" + text + "}";
}
inline std::string result(int id, const std::string& text = "{}") {
  return result(std::to_string(id), text);
}
inline std::string cancelled(int id) {
  return R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)" +
         std::to_string(id) + "}}";
}
/// The id of a request that the server received, and its method.
inline std::string id_of(const TestExchange& exchange) {
  return std::string(parsed(exchange.body)->root().find("id").raw());
}
inline std::string method_of(const TestExchange& exchange) {
  return exchange.body.empty() ? exchange.method()
                               : parsed(exchange.body)->root().find("method").text();
}

/// Waits only for what the test does not test.
inline RemoteTimes quick_times() {
  return {.back_off = Millis{5},
          .longest_pause = Millis{20'000},
          .reconnect = Millis{10},
          .cancelled = Millis{20},
          .renewed = Millis{50},
          .endpoint = Millis{5'000},
          .end = Millis{5'000},
          .linger = Millis{5'000}};
}

class RemoteRig {
 public:
  explicit RemoteRig(TestServer::Handler handler = nullptr)
      : http(loop), server(std::make_unique<TestServer>(loop, std::move(handler))) {
    options.server = "remote";
    options.url = server->url();
    options.times = quick_times();
  }
  ~RemoteRig() { remote.reset(); }

  void start() {
    RemoteEvents events;
    events.on_running = [this] { running = true; };
    events.on_line = [this](std::string&& line) {
      lines.push_back(std::move(line));
      if (on_line) on_line();
    };
    events.on_too_long = [this](std::string_view head) { too_long.emplace_back(head); };
    events.on_gone = [this](RemoteEnd end) { gone = std::move(end.reason); };
    auto started = RemoteServer::start(http, options, std::move(events));
    REQUIRE(started.ok());
    remote = std::move(*started);
  }
  void wait(const std::function<bool()>& reached) { run_until(loop, reached); }
  /// Returns the next line that the gate gets.
  std::string line() {
    wait([this] { return lines.size() > read; });
    return lines[read++];
  }
  MessagePtr message() { return parsed(line()); }
  /// Returns the next request that the server gets.
  std::shared_ptr<TestExchange> received() {
    wait([this] { return server->requests.size() > seen; });
    return server->requests[seen++];
  }
  void send(std::string_view text) { REQUIRE(remote->send(std::string(text))); }
  /// Does the handshake of the legacy era. The server offers no stream.
  void greet(const std::string& session = "s1") {
    start();
    send(kInitialize);
    received()->json(R"({"jsonrpc":"2.0","id":1,)" + std::string(kGreeting), 200,
                     session.empty() ? "" : "Mcp-Session-Id: " + session + "\r\n");
    CHECK(line().find("serverInfo") != std::string::npos);
    send(kInitialized);
    received()->answer(202);
    const auto stream = received();
    CHECK(stream->method() == "GET");
    stream->answer(405);
  }

  Loop loop;
  HttpLoop http;
  std::unique_ptr<TestServer> server;
  RemoteOptions options;
  std::unique_ptr<RemoteServer> remote;
  std::vector<std::string> lines, too_long;
  std::function<void()> on_line;
  bool running = false;
  std::optional<std::string> gone;
  size_t read = 0, seen = 0;
};

inline int64_t code_of(const MessagePtr& message) {
  return message->root().at_pointer("/error/code").integer().value_or(0);
}
inline std::string text_of(const MessagePtr& message) {
  return message->root().at_pointer("/error/message").text();
}
inline std::string word_of(const MessagePtr& message) {
  return message->root().at_pointer("/error/data/code").text();
}
inline std::string outcome_of(const MessagePtr& message) {
  return message->root().at_pointer("/error/data/outcome").text();
}

}  // namespace callgate
