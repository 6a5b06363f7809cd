// One message of the gate on its way to the server, and what the server answers to it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event_stream.h"
#include "gate_message.h"
#include "request_fields.h"
#include "web_call.h"

namespace callgate {

class Exchange;

/// What an exchange needs of its session. The functions may close the exchange, but must not
/// destroy it.
class ExchangeHost {
 public:
  virtual ServerAccess& access() = 0;
  virtual size_t line_limit() const = 0;
  /// Where and how to post the message now.
  virtual WebUrl post_url() const = 0;
  virtual Result<WebFields> fields_of(const GateMessage& message) const = 0;
  virtual SessionTerms terms() const = 0;
  /// Identifies the session; empty if there is none.
  virtual std::string session_key() const = 0;
  /// True if the answer to a request comes on a stream of the session (HTTP+SSE).
  virtual bool answers_on_stream() const = 0;

  /// A message came on a stream or in a body that belongs to the exchange.
  virtual void came(Exchange& exchange, std::string line) = 0;
  virtual void came_too_long(Exchange& exchange, std::string_view head) = 0;
  /// The server has taken a notification or an answer.
  virtual void accepted(Exchange& exchange) = 0;
  /// The server refused the message with this status. The host decides what follows.
  virtual void refused(Exchange& exchange, const WebAnswer& answer,
                       const std::string& moved_to) = 0;
  /// There will be no answer. The exchange ends afterwards.
  virtual void failed(Exchange& exchange, const RequestFailure& failure) = 0;
  virtual void ended(Exchange& exchange) = 0;

 protected:
  ~ExchangeHost() = default;
};

class Exchange final : public WebCallUser, public EventStreamUser {
 public:
  enum class State {
    Waiting,    // until the session lets it go
    Sent,       // no answer yet
    Answering,  // the body of a 2xx answer arrives
    OnStream,   // the answer will come on the session's stream
    Polling,    // waits before it resumes the stream
    Resuming,
    Lingering,  // answered; waits for the end of the stream, so that the connection can be reused
    Closed,
  };

  /// `own`: the session sends the message by itself, so the gate must not see its answer.
  Exchange(ExchangeHost& host, uint64_t number, GateMessage message, bool own);

  const GateMessage& message() const { return message_; }
  uint64_t number() const { return number_; }
  bool own() const { return own_; }
  State state() const { return state_; }
  /// True as long as the request has no answer.
  bool open() const { return state_ != State::Lingering && state_ != State::Closed; }
  /// True if it is a request with this id that has no answer.
  bool awaits(Value id) const {
    return open() && message_.is_request() && same_id(id, message_.rpc.id);
  }
  /// The session in which the message was sent.
  const std::string& session_key() const { return session_key_; }
  bool sent_again() const { return sent_again_; }
  /// The session id that the answer to `initialize` brought.
  const std::string& new_session() const { return new_session_; }

  /// Sends the message. Calls no function of the session before the next turn of the loop.
  void post();
  /// Makes it wait to be sent once more. The server must have refused it.
  void wait_to_send_again();
  /// The answer has come.
  void answered();
  /// The gate does not want the answer any more. It may still come within a while.
  void cancel();
  void fail(const RequestFailure& failure);
  void end();
  /// Calls nothing any more.
  void close();

  void on_head(const TransferHead& head) override;
  void on_bytes(std::string_view bytes) override;
  void on_end() override;
  void on_refused(const WebAnswer& answer, const std::string& moved_to) override;
  void on_failed(RequestFailure failure) override;
  void stream_opened() override {}
  void stream_event(SseEvent&& event) override;
  void stream_ended(StreamEnd end) override;

 private:
  void take(SseEvent&& event);
  void take_body(std::string_view bytes);
  void body_complete();
  void wrong_type();
  void stream_broke(const std::string& what);
  void note_position(const std::string& last_id, std::optional<int64_t> retry);
  void poll(bool progress);
  void resume();

  ExchangeHost& host_;
  const uint64_t number_;
  const GateMessage message_;
  const bool own_;
  State state_ = State::Waiting;
  std::string session_key_, new_session_;
  bool sent_again_ = false, cancelled_ = false;
  std::unique_ptr<WebCall> call_;
  bool is_json_ = false;
  WebAnswer answer_;  // the body of an answer that is no stream
  std::optional<SseReader> reader_;
  std::unique_ptr<EventStream> stream_;
  std::string last_id_;
  Millis retry_;
  int fruitless_ = 0;  // resumptions in a row that brought nothing
  Timer timer_;
};

}  // namespace callgate
