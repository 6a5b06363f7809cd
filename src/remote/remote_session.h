// The state of one RemoteServer.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/remote/remote_server.h"
#include "exchange.h"
#include "old_stream.h"
#include "param_fields.h"
#include "request_fields.h"
#include "server_stream.h"

namespace callgate {

/// Where the handshake of the legacy era is. Messages other than those of the handshake wait while
/// it is not Open, unless it never began (None).
enum class Handshake {
  None,
  Asked,     // `initialize` is on its way
  Answered,  // `notifications/initialized` is missing
  Open,
};

/// Messages that have an effect for as long as a session lasts, so that they must be sent again in
/// the next one. Holds at most 1000 of them.
class LastingMessages {
 public:
  void note(const GateMessage& message);
  const std::map<std::string, GateMessage>& all() const { return messages_; }

 private:
  std::map<std::string, GateMessage> messages_;
};

struct RemoteServer::Impl final : ExchangeHost, ServerStreamUser, OldStreamUser, WebCallUser {
  Impl(ServerAccess its_access, RemoteOptions its_options, RemoteEvents its_events);

  void begin();
  bool send(std::string line);
  void stop(Millis limit);
  /// Cancels everything. Calls nothing any more.
  void close_all();

  // The gate's messages (remote_server.cc).
  bool cancel(const GateMessage& cancellation);
  Exchange& add(GateMessage message, bool own);
  void flush_soon();
  void flush();
  void post(Exchange& exchange);
  bool may_post(const Exchange& exchange) const;
  bool has_room(size_t more) const;
  std::string own_id();
  void end(std::string reason);

  // What comes from the server (arrivals.cc).
  Exchange* asked(Value id) const;
  void message_came(Exchange* from, std::string line);
  void unreadable(std::string line);
  void answer_came(Exchange& exchange, const Rpc& rpc, std::string line);
  void doubtful_answer(Exchange& exchange, std::string line);
  void greeted(const Exchange& exchange, const Rpc& rpc);
  void handshake_failed();
  void pass_on(std::string line);
  bool pass_server_error(Exchange& exchange, const WebAnswer& answer);

  // The loss of the session, and the change to HTTP+SSE (renewal.cc).
  bool lost_session(const Exchange& exchange, const WebAnswer& answer) const;
  void send_in_next_session(Exchange& exchange);
  void renew();
  void begin_renewal();
  void renewal_failed(const std::string& why);
  void replay_lasting();
  void fail_all(const RequestFailure& failure);
  void fail_old(bool also_sent, const std::string& what);
  void lists_may_have_changed();
  bool try_old_transport(Exchange& exchange, const WebAnswer& answer);
  void old_transport_failed(const Error& why, int status);

  // The tools are listed again, because the server wants other fields (relisting.cc).
  bool list_tools_again(Exchange& exchange, const WebAnswer& answer);
  void ask_for_tools(std::string_view meta, const std::string& cursor);
  void tools_listed(const GateMessage& request, const Rpc& answer);
  void listing_ended();

  // ExchangeHost
  ServerAccess& access() override { return access_; }
  size_t line_limit() const override { return options.line_limit; }
  WebUrl post_url() const override { return sse ? old.endpoint() : access_.url; }
  Result<WebFields> fields_of(const GateMessage& message) const override;
  SessionTerms terms() const override { return terms_; }
  std::string session_key() const override;
  bool answers_on_stream() const override { return sse; }
  void came(Exchange& exchange, std::string line) override;
  void came_too_long(Exchange& exchange, std::string_view head) override;
  void accepted(Exchange& exchange) override;
  void refused(Exchange& exchange, const WebAnswer& answer, const std::string& moved_to) override;
  void failed(Exchange& exchange, const RequestFailure& failure) override;
  void ended(Exchange& exchange) override;
  // ServerStreamUser
  void server_event(SseEvent&& event) override;
  void messages_missed() override { lists_may_have_changed(); }
  void stream_lost_session() override { renew(); }
  // OldStreamUser
  void old_stream_ready() override;
  void old_event(SseEvent&& event) override { server_event(std::move(event)); }
  void old_stream_gone(const Error& why, int status) override;
  // WebCallUser, of the request that ends the session
  void on_head(const TransferHead&) override { end("was stopped"); }
  void on_bytes(std::string_view) override {}
  void on_end() override {}
  void on_refused(const WebAnswer&, const std::string&) override { end("was stopped"); }
  void on_failed(RequestFailure) override { end("was stopped"); }

  ServerAccess access_;
  RemoteOptions options;
  RemoteEvents events;
  Walker walker;
  ParamFields params;
  std::map<uint64_t, std::unique_ptr<Exchange>> exchanges;  // in the order of send()
  uint64_t last_number = 0, last_own = 0;
  bool flush_posted = false, stopping = false, gone = false;
  Lifetime lifetime;

  SessionTerms terms_;
  Handshake handshake = Handshake::None;
  std::optional<GateMessage> initialize, initialized;  // as the gate sent them
  LastingMessages lasting;
  std::vector<std::string> changing_lists;  // "tools", if the server has tools, and so on
  ServerStream stream;

  bool sse = false;  // HTTP+SSE is used
  bool renewing = false;
  OldStream old;
  struct Fallback {
    uint64_t initialize = 0;  // the number of the exchange
    RequestFailure refusal;
  };
  std::optional<Fallback> fallback;
  int discover_status = 0;  // with which the server refused server/discover
  int losses = 0;           // of streams of HTTP+SSE, in a row
  std::optional<Nanos> lost_at;
  int listed_pages = 0;  // of the tools; 0 if they are not listed again

  Timer old_requests, reconnect, ending;
  Nanos ends_at{};  // when stop() gives up
  std::unique_ptr<WebCall> farewell;
};

}  // namespace callgate
