// Helpers for the tests of remote: an HTTP server whose answers a test writes.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "callgate/io/listener.h"
#include "callgate/io/loop.h"
#include "callgate/io/stream.h"
#include "callgate/wire/http.h"

// From here on, CHECK is doctest's. The headers above have used ours.
#include <doctest/doctest.h>

namespace callgate {

/// Runs the loop until `reached` is true at the end of a turn. Fails the test after 20 s.
inline void run_until(Loop& loop, const std::function<bool()>& reached) {
  Timer deadline(loop);
  bool late = false;
  deadline.start(Millis{20'000}, [&late, &loop] {
    late = true;
    loop.stop();
  });
  loop.on_turn_end([&] {
    if (reached()) loop.stop();
  });
  if (!reached()) loop.run();
  loop.on_turn_end(nullptr);
  REQUIRE_FALSE(late);
}

/// A connection to a TestServer. Without a stream, it is closed.
struct TestConnection {
  std::unique_ptr<Stream> stream;
  HttpReader reader;
};

/// One request that a TestServer received, and the way to answer it.
class TestExchange {
 public:
  TestExchange(std::shared_ptr<TestConnection> connection, HttpHead its_head, std::string its_body)
      : head(std::move(its_head)), body(std::move(its_body)), connection_(std::move(connection)) {}

  std::string method() const { return std::string(head.method()); }
  /// The path, with the query.
  std::string target() const {
    const std::string query(head.query());
    return std::string(head.path()) + (query.empty() ? "" : "?" + query);
  }
  /// "-" if there is no such field.
  std::string field(std::string_view name) const {
    return std::string(head.field(name).value_or("-"));
  }
  /// `fields` are lines with their ends.
  void answer(int status, const std::string& fields = "", const std::string& text = "") {
    const std::string length =
        status == 204 ? "" : "Content-Length: " + std::to_string(text.size()) + "\r\n";
    write(first_line(status) + fields + length + "\r\n" + text);
  }
  void json(const std::string& text, int status = 200, const std::string& fields = "") {
    answer(status, "Content-Type: application/json\r\n" + fields, text);
  }
  void begin_stream(const std::string& fields = "") {
    write(first_line(200) + fields +
          "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
  }
  void chunk(const std::string& text) { write(http_chunk_begin(text.size()) + text + "\r\n"); }
  void end_stream() { write(std::string(kLastHttpChunk)); }
  void write(std::string bytes) {
    if (connection_->stream) connection_->stream->write(std::move(bytes));
  }
  /// Closes the connection once everything is written, and then calls `closed`.
  void drop(std::function<void()> closed = [] {}) {
    if (connection_->stream) connection_->stream->close_when_written(std::move(closed));
  }
  /// True once the client has closed the connection.
  bool closed() const { return connection_->stream == nullptr; }
  const TestConnection* connection() const { return connection_.get(); }

  const HttpHead head;
  const std::string body;

 private:
  static std::string first_line(int status) {
    return "HTTP/1.1 " + std::to_string(status) + " Status\r\n";
  }
  std::shared_ptr<TestConnection> connection_;
};

/// Listens on 127.0.0.1 and keeps all requests. `handler` may answer a request at once, or the test
/// answers it later.
class TestServer {
 public:
  using Handler = std::function<void(TestExchange&)>;
  explicit TestServer(Loop& loop, Handler handler = nullptr, uint16_t port = 0)
      : loop_(loop), handler_(std::move(handler)) {
    auto opened = Listener::open(loop, "127.0.0.1", port);
    REQUIRE(opened.ok());
    listener_ = std::move(*opened);
    listener_->start([this](int fd) { accept(fd); });
  }
  ~TestServer() {
    for (const auto& connection : connections_) connection->stream.reset();
  }

  uint16_t port() const { return listener_->port(); }
  std::string url(const std::string& path = "/mcp") const {
    return "http://127.0.0.1:" + std::to_string(port()) + path;
  }
  size_t connections() const { return connections_.size(); }

  std::vector<std::shared_ptr<TestExchange>> requests;

 private:
  void accept(int fd) {
    auto stream = Stream::open(loop_, fd);
    REQUIRE(stream.ok());
    auto connection = std::make_shared<TestConnection>();
    connection->stream = std::move(*stream);
    connections_.push_back(connection);
    // The callbacks belong to the stream, so they must not own the connection.
    TestConnection* const its = connection.get();
    connection->stream->read([this, its](std::string_view bytes) { read(*its, bytes); },
                             [its](const Status&) { its->stream.reset(); });
  }
  void read(TestConnection& connection, std::string_view bytes) {
    HttpReader& reader = connection.reader;
    while (!bytes.empty() && connection.stream) {
      bytes.remove_prefix(reader.push(bytes));
      if (reader.state() == HttpReader::State::Refused) return connection.stream.reset();
      if (reader.state() != HttpReader::State::Complete) continue;
      const HttpHead head = reader.head();
      std::string body = reader.take_body();
      reader.next();
      for (const auto& owner : connections_) {
        if (owner.get() == &connection)
          requests.push_back(std::make_shared<TestExchange>(owner, head, std::move(body)));
      }
      const auto request = requests.back();
      if (handler_) handler_(*request);
    }
  }

  Loop& loop_;
  Handler handler_;
  std::unique_ptr<Listener> listener_;
  std::vector<std::shared_ptr<TestConnection>> connections_;
};

}  // namespace callgate
