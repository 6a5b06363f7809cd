// One TCP connection. It reads requests one after the other and writes the answer of each, either
// whole or as a stream of events. It knows HTTP, its deadlines and its limits, but not MCP.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "callgate/app/tokens.h"
#include "callgate/gate/ports.h"
#include "callgate/io/loop.h"
#include "callgate/io/stream.h"
#include "callgate/protocol/http_rules.h"
#include "callgate/wire/http.h"

namespace callgate {

class HttpConnection;

/// Answers a request. Its functions are never called from within the gate.
class ExchangeOwner {
 public:
  virtual ~ExchangeOwner() = default;
  /// The connection has closed, so nobody reads the answer any more.
  virtual void connection_gone(HttpConnection& connection, Exchange exchange) = 0;
  /// Called from time to time until the answer ends. `waited` is the time since the request, or
  /// since the stream began.
  virtual void still_waiting(HttpConnection& connection, Exchange exchange, Nanos waited) = 0;
};

/// The owner of a connection.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  /// The head has arrived, and the body is still to come. Returns a fault if the request is
  /// refused.
  virtual std::optional<HttpFault> admit(HttpConnection& connection) = 0;
  /// The client sent something that is not an HTTP request, or is too long. The connection answers
  /// it with a refusal.
  virtual void malformed(const std::string& why) = 0;
  /// The whole request has arrived. It is answered now or later.
  virtual void request(HttpConnection& connection, std::string body) = 0;
  /// The request was not answered at once: look() should be called soon.
  virtual void waits() = 0;
  /// Much output waits for a client that does not read it: connections may have to be cut off.
  virtual void crowded() = 0;
  /// Much has arrived of incomplete requests: some may have to be refused.
  virtual void flooded() = 0;
  /// The connection is closed and must be destroyed, but not before the current event is over.
  virtual void closed(HttpConnection& connection) = 0;
};

class HttpConnection {
 public:
  HttpConnection(Loop& loop, ConnectionHost& host, std::unique_ptr<Stream> stream,
                 HttpLimits limits, size_t queue_limit);

  void start();
  const HttpHead& head() const { return reader_.head(); }
  /// Set by the host when it admits a request.
  HttpTarget target;
  Principal principal;
  std::string peer;  ///< the address of the other end

  /// Sends a whole answer. `type` may be empty if `body` is.
  void answer(int status, std::string_view type, std::string body, std::string_view fields = {});
  void refuse(const HttpFault& fault, std::string_view id = {});
  /// Begins an answer as a stream. A client that does not read its events is cut off, later.
  void begin_events(std::string_view fields = {});
  void event(std::string bytes);
  void end_events();

  /// Sets the owner of the current request until its answer ends.
  void belongs_to(ExchangeOwner& owner, Exchange exchange);
  bool answering() const { return state_ == State::Answering; }
  /// Returns since when the connection has waited for the head of a request; empty if it is not
  /// waiting for one.
  std::optional<Nanos> idle_since() const;
  /// Bytes that the client has not read.
  size_t waiting() const { return cut_ || !stream_ ? 0 : stream_->queued(); }
  Nanos since() const { return since_; }
  /// Bytes that have arrived of an incomplete request.
  size_t unfinished() const { return state_ == State::Body ? reader_.body_bytes() : 0; }
  /// Refuses the incomplete request; the connection ends with that.
  void give_up_request(const HttpFault& fault);
  bool in_body() const { return state_ == State::Body; }
  bool streaming() const { return state_ == State::Streaming; }
  /// Closes the connection later. Nothing more is written meanwhile.
  void cut_off();
  /// Does everything that is due at `now`.
  void look(Nanos now);
  /// Closes the connection at once.
  void close();
  /// Closes the connection once its output is written. What the client still sends is dropped.
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
  void look_at_stream(Nanos now);

  Loop& loop_;
  ConnectionHost& host_;
  std::unique_ptr<Stream> stream_;
  HttpReader reader_;
  const size_t queue_limit_;
  std::string held_;  // bytes of later requests
  ExchangeOwner* owner_ = nullptr;
  Exchange exchange_ = 0;
  State state_ = State::Idle;
  Nanos since_{}, due_{};  // start and deadline of the state
  size_t drained_ = 0;     // bytes that were dropped while lingering
  size_t stuck_ = 0;       // bytes that waited at the last look
  Nanos stuck_since_{};
  bool feeding_ = false, closes_ = false, cut_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // expires with us; posted tasks check it
};

}  // namespace callgate
