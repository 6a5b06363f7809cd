// One TCP connection of an HTTP client. It reads requests one after the other, and writes the
// answer to each, either whole or as a stream of events. It implements HTTP with its deadlines and
// limits, and knows nothing of MCP.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "callgate/app/tokens.h"
#include "callgate/gate/ports.h"
#include "callgate/io/lifetime.h"
#include "callgate/io/loop.h"
#include "callgate/io/stream.h"
#include "callgate/protocol/http_rules.h"
#include "callgate/wire/http.h"

namespace callgate {

class HttpConnection;

/// The session that answers an HTTP request, as the connection sees it. Only the connection calls
/// these functions.
class ExchangeOwner {
 public:
  virtual ~ExchangeOwner() = default;
  /// The connection has closed, so nobody reads the answer to `exchange` any more.
  virtual void connection_gone(HttpConnection& connection, Exchange exchange) = 0;
  /// The connection calls this from time to time until the answer has ended. `waited` is the time
  /// since the request arrived or, if the answer is a stream, since the stream began.
  virtual void still_waiting(HttpConnection& connection, Exchange exchange, Nanos waited) = 0;
};

/// The owner of a connection (the HttpServer), which the connection calls.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  /// The head of a request has arrived, but not its body. Returns a fault if the request is
  /// refused.
  virtual std::optional<HttpFault> admit(HttpConnection& connection) = 0;
  /// The client has sent something that is not an HTTP request or is too long. The connection
  /// itself sends the refusal.
  virtual void malformed(const std::string& why) = 0;
  /// The whole request has arrived. The host answers it in this function or later.
  virtual void request(HttpConnection& connection, std::string body) = 0;
  /// Called if request() has returned without an answer. From then on, the host should call
  /// check_deadlines() often.
  virtual void waits() = 0;
  /// Much output waits because the client does not read it. The host may have to cut off
  /// connections.
  virtual void crowded() = 0;
  /// Many bytes of incomplete requests have arrived. The host may have to refuse some requests.
  virtual void flooded() = 0;
  /// The connection has closed. The host must destroy it, but only after the current event of the
  /// loop.
  virtual void closed(HttpConnection& connection) = 0;
};

class HttpConnection {
 public:
  HttpConnection(Loop& loop, ConnectionHost& host, std::unique_ptr<Stream> stream,
                 HttpLimits limits, size_t queue_limit);

  void start();
  const HttpHead& head() const { return reader_.head(); }
  /// The host sets these three: `target` and `principal` when it admits a request, `peer` at the
  /// start.
  HttpTarget target;
  Principal principal;
  std::string peer;  ///< the address of the other end

  /// Sends a whole answer. `type` is the Content-Type; it may be empty if `body` is empty. `fields`
  /// are further header lines.
  void answer(int status, std::string_view type, std::string body, std::string_view fields = {});
  void refuse(const HttpFault& fault, std::string_view id = {});
  /// Begins an answer that is a stream of events. The connection closes if more unread events wait
  /// than the queue limit allows, or if the client reads nothing for a minute.
  void begin_events(std::string_view fields = {});
  void event(std::string bytes);
  void end_events();

  /// Sets the owner of the current request. The owner is forgotten when the answer ends.
  void belongs_to(ExchangeOwner& owner, Exchange exchange);
  bool answering() const { return state_ == State::Answering; }
  /// Returns the time at which the connection began to wait for the head of a request; empty if it
  /// does not wait for a head now.
  std::optional<Nanos> idle_since() const;
  /// Returns how many bytes of output the client has not read.
  size_t waiting() const { return cut_ || !stream_ ? 0 : stream_->queued(); }
  Nanos since() const { return since_; }
  /// Returns how many bytes have arrived of the body of an incomplete request.
  size_t unfinished() const { return state_ == State::Body ? reader_.body_bytes() : 0; }
  /// Refuses the incomplete request with `fault` as its answer, and then closes the connection.
  void give_up_request(const HttpFault& fault);
  bool in_body() const { return state_ == State::Body; }
  bool streaming() const { return state_ == State::Streaming; }
  /// Closes the connection in the next turn of the loop. Nothing more is written after this call.
  void cut_off();
  /// Checks all deadlines, and does what is due at `now`. The host calls this from time to time.
  void check_deadlines(Nanos now);
  /// Closes the connection at once.
  void close();
  /// Closes the connection once its output is written. Drops everything that the client still
  /// sends.
  void close_politely();

 private:
  enum class State { Idle, Head, Body, Answering, Streaming, Lingering, Closed };

  void enter(State state);
  bool reading() const;
  void on_bytes(std::string_view bytes);
  void feed(std::string_view bytes);
  void progressed(HttpReader::State before);
  void hold(std::string_view bytes);
  void go_on();
  void ended();
  void finish();
  void later(void (HttpConnection::*what)());
  void send_head(int status, std::string fields);
  void wrote(size_t waited_before);
  void check_stream(Nanos now);

  Loop& loop_;
  ConnectionHost& host_;
  std::unique_ptr<Stream> stream_;
  HttpReader reader_;
  const size_t queue_limit_;
  std::string held_;  // bytes that arrived of later requests
  ExchangeOwner* owner_ = nullptr;
  Exchange exchange_ = 0;
  State state_ = State::Idle;
  Nanos since_{}, due_{};  // when state_ began, and its deadline
  size_t drained_ = 0;     // bytes that were dropped in state Lingering
  size_t stuck_ = 0;       // unread bytes when check_deadlines() was last called
  Nanos stuck_since_{};
  bool feeding_ = false, closes_ = false, cut_ = false;
  Lifetime lifetime_;
};

}  // namespace callgate
