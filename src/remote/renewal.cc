// What happens when the server has lost the session, or does not know Streamable HTTP. Source: MCP
// 2025-11-25 "Transports", sections "Session Management" and "Backwards Compatibility".
#include <algorithm>
#include <utility>

#include "callgate/base/ascii.h"
#include "callgate/base/log.h"
#include "remote_session.h"

namespace callgate {

namespace {

constexpr std::chrono::seconds kBetweenGuesses{30};
constexpr size_t kMostLasting = 1000;

}  // namespace

void LastingMessages::note(const GateMessage& message) {
  if (message.modern || !message.is_request()) return;
  const std::string uri = message.rpc.params.find("uri").text();
  if (message.method == "resources/unsubscribe") {
    messages_.erase("uri " + uri);
    return;
  }
  const bool level = message.method == "logging/setLevel";
  if (!level && message.method != "resources/subscribe") return;
  if (messages_.size() < kMostLasting)
    messages_.insert_or_assign(level ? "level" : "uri " + uri, message);
}

/// A server must answer a request of an unknown session with 404. Many answer 400 and a text.
/// Because that is a guess, it counts at most once in 30 s.
bool RemoteServer::Impl::lost_session(const Exchange& exchange, const WebAnswer& answer) const {
  if (exchange.message().modern || exchange.session_key().empty() || !initialize ||
      exchange.sent_again())
    return false;
  if (answer.status == 404) return true;
  return answer.status == 400 &&
         find_ignoring_case(answer.body, "session") != std::string_view::npos &&
         (!lost_at || access_.http.impl().loop.now().monotonic - *lost_at > kBetweenGuesses);
}

/// The server has refused the message, so it has not executed it.
void RemoteServer::Impl::send_in_next_session(Exchange& exchange) {
  const GateMessage& message = exchange.message();
  const bool answer = !message.is_request() && message.method.empty();
  const bool repeated_anyway = message.method == "notifications/initialized" || exchange.own();
  const bool renewal = exchange.own() && renewing;
  // An answer belongs to a question of the lost session.
  if (answer || repeated_anyway) {
    exchange.end();
  } else {
    exchange.wait_to_send_again();
  }
  if (renewal) return renewal_failed("the server lost the new session at once");
  if (exchange.session_key() == session_key()) return renew();
  flush_soon();
}

void RemoteServer::Impl::renew() {
  if (renewing || gone || stopping || !initialize) return;
  log::info("server '{}' has lost the session; callgate begins a new one", options.server);
  lost_at = access_.loop().now().monotonic;
  renewing = true;
  handshake = Handshake::Asked;
  terms_ = {};
  stream.close();
  fail_old(false, "the server has lost the session");
  // Requests that were sent may still be answered, or refused because of the lost session.
  old_requests.start(access_.times.renewed,
                     [this] { fail_old(true, "the server has lost the session"); });
  if (sse)
    old.open();
  else
    begin_renewal();
}

void RemoteServer::Impl::begin_renewal() {
  Exchange& exchange = add(with_id(walker, *initialize, own_id()), true);
  if (!initialized) {
    auto text =
        read_gate_message(walker, R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    if (text) initialized = std::move(*text);
  }
  exchange.post();
}

void RemoteServer::Impl::renewal_failed(const std::string& why) {
  end("lost its session, and a new one could not begin: " + why);
}

void RemoteServer::Impl::replay_lasting() {
  renewing = false;
  for (const auto& [key, message] : lasting.all()) add(with_id(walker, message, own_id()), true);
}

void RemoteServer::Impl::fail_all(const RequestFailure& failure) {
  std::vector<uint64_t> numbers;
  for (const auto& [number, exchange] : exchanges) numbers.push_back(number);
  for (const uint64_t number : numbers) {
    const auto found = exchanges.find(number);
    if (found != exchanges.end() && !gone) found->second->fail(failure);
  }
}

/// Fails the requests of earlier sessions whose answers cannot come any more. `also_sent`: also
/// those whose answers could still come.
void RemoteServer::Impl::fail_old(bool also_sent, const std::string& what) {
  std::vector<uint64_t> numbers;
  for (const auto& [number, exchange] : exchanges) {
    const auto state = exchange->state();
    const bool resumes = state == Exchange::State::Polling || state == Exchange::State::Resuming ||
                         state == Exchange::State::OnStream;
    if (!exchange->message().modern && exchange->message().is_request() && exchange->open() &&
        state != Exchange::State::Waiting && exchange->session_key() != session_key() &&
        !exchange->session_key().empty() && (resumes || also_sent))
      numbers.push_back(number);
  }
  for (const uint64_t number : numbers) {
    const auto found = exchanges.find(number);
    if (found != exchanges.end() && !gone) found->second->fail(outcome_unknown(what));
  }
}

void RemoteServer::Impl::lists_may_have_changed() {
  for (const std::string& list : std::vector<std::string>(changing_lists)) {
    pass_on(R"({"jsonrpc":"2.0","method":"notifications/)" + list + R"(/list_changed"})");
  }
}

bool RemoteServer::Impl::try_old_transport(Exchange& exchange, const WebAnswer& answer) {
  const int status = answer.status;
  if (options.transport != RemoteTransport::Auto || sse || exchange.own() ||
      exchange.message().method != "initialize" ||
      (status != 400 && status != 404 && status != 405))
    return false;
  RequestFailure refusal = refused_by_status(exchange.message(), answer, "");
  if (const auto line = server_error_line(walker, exchange.message(), answer.body, false)) {
    if (const auto walked = walker.walk(*line))
      refusal.server_code = (*walked)->root().at_pointer("/error/code").integer();
  }
  fallback = Fallback{.initialize = exchange.number(), .refusal = std::move(refusal)};
  exchange.wait_to_send_again();
  sse = true;
  old.open();
  return true;
}

void RemoteServer::Impl::old_stream_ready() {
  fallback.reset();
  if (renewing) return begin_renewal();
  flush();
}

void RemoteServer::Impl::old_stream_gone(const Error& why, int status) {
  if (fallback) return old_transport_failed(why, status);
  if (renewing) return renewal_failed(why.text());
  fail_old(true, "the server's stream ended");
  const bool begun = handshake == Handshake::Answered || handshake == Handshake::Open;
  if (!begun) {
    handshake = Handshake::None;
    return fail_all({.error = why, .status = status});
  }
  handshake = Handshake::Asked;  // everything waits for the next session
  reconnect.start(reconnect_time(access_.times.reconnect, losses++), [this] { renew(); });
}

void RemoteServer::Impl::old_transport_failed(const Error& why, int status) {
  Fallback failed_both = std::move(*fallback);
  fallback.reset();
  sse = false;
  const auto found = exchanges.find(failed_both.initialize);
  if (found == exchanges.end()) return;
  Error& error = failed_both.refusal.error;
  error.message += status == 0 ? "; HTTP+SSE failed, too: " + why.message
                               : "; it refused HTTP+SSE with status " + std::to_string(status);
  if (discover_status != 0)
    error.message += ", and server/discover with status " + std::to_string(discover_status);
  found->second->fail(failed_both.refusal);
}

}  // namespace callgate
