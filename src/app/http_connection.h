// One TCP connection: requests in, one after the other, and each one's answer out, whole or as a
// stream of events. Knows HTTP, its deadlines and its bounds, not MCP.
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

/// Who answers a request. Neither function is called from within the gate.
class ExchangeOwner {
 public:
  virtual ~ExchangeOwner() = default;
  /// Nobody reads the answer any more.
  virtual void connection_gone(HttpConnection& connection, Exchange exchange) = 0;
  /// Told at times until the answer ends. `waited`: since the request, or since the
  /// stream began.
  virtual void still_waiting(HttpConnection& connection, Exchange exchange, Nanos waited) = 0;
};

/// Whom a connection belongs to.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  /// The head stands, its body is still to come: whether the request may come in.
  virtual std::optional<HttpFault> admit(HttpConnection& connection) = 0;
  /// What came is no HTTP request, or too long; it is answered so.
  virtual void malformed(const std::string& why) = 0;
  /// The whole request. Answered now or later.
  virtual void request(HttpConnection& connection, std::string body) = 0;
  /// An answer takes longer than its request: someone should look at the connection soon.
  virtual void waits() = 0;
  /// Much waits for a client that does not take it: some may have to be cut off.
  virtual void crowded() = 0;
  /// Much has come of requests that are not whole: some may have to be refused.
  virtual void flooded() = 0;
  /// To be destroyed, but not before the present event is over.
  virtual void closed(HttpConnection& connection) = 0;
};

class HttpConnection {
 public:
  HttpConnection(Loop& loop, ConnectionHost& host, std::unique_ptr<Stream> stream,
                 HttpLimits limits, size_t queue_limit);

  void start();
  const HttpHead& head() const { return reader_.head(); }
  /// Filled in by the host when it admits a request.
  HttpTarget target;
  Principal principal;
  std::string peer;  ///< the address of the other end

  /// A whole answer; `type` may be empty when `body` is.
  void answer(int status, std::string_view type, std::string body, std::string_view fields = {});
  void refuse(const HttpFault& fault, std::string_view id = {});
  /// Or a stream. A client that does not take its events is cut off, later.
  void begin_events(std::string_view fields = {});
  void event(std::string bytes);
  void end_events();

  /// Until its answer ends, the present request is this one's.
  void belongs_to(ExchangeOwner& owner, Exchange exchange);
  bool answering() const { return state_ == State::Answering; }
  /// No request of its has come whole, since when.
  std::optional<Nanos> idle_since() const;
  /// Bytes that its client has not taken.
  size_t waiting() const { return cut_ || !stream_ ? 0 : stream_->queued(); }
  Nanos since() const { return since_; }
  /// Bytes of a request that is not whole.
  size_t unfinished() const { return state_ == State::Body ? reader_.body_bytes() : 0; }
  /// Refuses the request that is not whole; the connection ends with that.
  void give_up_request(const HttpFault& fault);
  bool in_body() const { return state_ == State::Body; }
  bool streaming() const { return state_ == State::Streaming; }
  /// Later; nothing more is written meanwhile.
  void cut_off();
  /// Whatever is due by then.
  void look(Nanos now);
  /// At once.
  void close();
  /// Once its output is written; what the client still sends is not read.
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
  std::string held_;  // of later requests
  ExchangeOwner* owner_ = nullptr;
  Exchange exchange_ = 0;
  State state_ = State::Idle;
  Nanos since_{}, due_{};  // of the state
  size_t drained_ = 0;     // bytes that nobody reads
  size_t stuck_ = 0;       // bytes that waited at the last look
  Nanos stuck_since_{};
  bool feeding_ = false, closes_ = false, cut_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // for what is done later
};

}  // namespace callgate
