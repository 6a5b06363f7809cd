#include "callgate/remote/remote_server.h"

#include <algorithm>
#include <utility>

#include "callgate/base/log.h"
#include "remote_session.h"
#include "web/addresses.h"

namespace callgate {

namespace {

constexpr size_t kMostOpen = 256;  // messages that the server has not answered or taken

/// A token must not be readable on its way.
Status check_url(const WebUrl& url, const RemoteOptions& options) {
  if (url.secure() || options.authorizer == nullptr || is_loopback_host(url.host)) return {};
  return Error{"remote.url",
               shown_url(url) + " begins with http://, so others could read the token",
               "use the server's https:// URL"};
}

RequestFailure only_legacy() {
  return {.error = {"remote.transport",
                    "the server uses HTTP+SSE, which only knows revisions with initialize",
                    "set the server's transport to http if it has a newer one"},
          .code = RemoteErrorCode::Refused,
          .server_code = -32601};
}

}  // namespace

RemoteServer::Impl::Impl(ServerAccess its_access, RemoteOptions its_options,
                         RemoteEvents its_events)
    : access_(std::move(its_access)),
      options(std::move(its_options)),
      events(std::move(its_events)),
      walker({.bytes = std::max(options.line_limit, options.queue_limit)}),
      stream(access_, *this, options.line_limit),
      sse(options.transport == RemoteTransport::Sse),
      old(access_, *this, options.line_limit),
      old_requests(access_.loop()),
      reconnect(access_.loop()),
      ending(access_.loop()) {}

void RemoteServer::Impl::begin() {
  access_.loop().post(lifetime.guard([this] {
    if (const auto call = std::exchange(events.on_running, nullptr); call && !gone) call();
  }));
}

bool RemoteServer::Impl::send(std::string line) {
  if (stopping || gone) return false;
  auto message = read_gate_message(walker, std::move(line));
  if (!message) {
    log::error("server '{}': a message that is not JSON-RPC is not sent: {}", options.server,
               message.error().text());
    return false;
  }
  if (message->method == "notifications/cancelled") return cancel(*message);
  if (!has_room(message->message->bytes().size())) return false;
  if (message->method == "initialize") initialize = *message;
  if (message->method == "notifications/initialized") initialized = *message;
  lasting.note(*message);
  Exchange& exchange = add(std::move(*message), false);
  // Messages keep their order.
  if (flush_posted || sse)
    flush_soon();
  else if (may_post(exchange))
    post(exchange);
  return true;
}

Exchange& RemoteServer::Impl::add(GateMessage message, bool own) {
  const uint64_t number = ++last_number;
  auto& exchange = exchanges[number];
  exchange = std::make_unique<Exchange>(*this, number, std::move(message), own);
  return *exchange;
}

/// In the modern era, closing the answer's stream cancels the request, and the server gets no
/// notification (MCP 2026-07-28 "Streamable HTTP"). In the legacy era, it is the other way round.
bool RemoteServer::Impl::cancel(const GateMessage& cancellation) {
  Exchange* exchange = asked(cancellation.rpc.params.find("requestId"));
  // It was answered meanwhile.
  if (exchange == nullptr) return true;
  const bool unsent = exchange->state() == Exchange::State::Waiting;
  if (!unsent && !exchange->message().modern) {
    add(cancellation, false);
    flush_soon();
  }
  exchange->cancel();
  return true;
}

/// flush() may call callbacks, which a member function of RemoteServer must not do.
void RemoteServer::Impl::flush_soon() {
  if (std::exchange(flush_posted, true)) return;
  access_.loop().post(lifetime.guard([this] {
    flush_posted = false;
    flush();
  }));
}

void RemoteServer::Impl::flush() {
  std::vector<uint64_t> waiting;
  for (const auto& [number, exchange] : exchanges) {
    if (exchange->state() == Exchange::State::Waiting) waiting.push_back(number);
  }
  for (const uint64_t number : waiting) {
    const auto found = exchanges.find(number);
    if (found == exchanges.end() || gone || stopping) continue;
    Exchange& exchange = *found->second;
    if (exchange.state() != Exchange::State::Waiting) continue;
    if (sse && exchange.message().modern) {
      exchange.fail(only_legacy());
      continue;
    }
    if (sse && !old.is_open() && handshake == Handshake::None) old.open();
    if (may_post(exchange)) post(exchange);
  }
}

void RemoteServer::Impl::post(Exchange& exchange) {
  if (exchange.message().method == "initialize") handshake = Handshake::Asked;
  exchange.post();
}

bool RemoteServer::Impl::may_post(const Exchange& exchange) const {
  const GateMessage& message = exchange.message();
  if (message.modern) return listed_pages == 0 || !exchange.sent_again();
  if (sse && !old.ready()) return false;
  if (message.method == "initialize") return exchange.own() || !renewing;
  if (message.method == "notifications/initialized")
    return handshake == Handshake::Answered && exchange.own() == renewing;
  return handshake == Handshake::Open || handshake == Handshake::None;
}

bool RemoteServer::Impl::has_room(size_t more) const {
  size_t count = 0, bytes = more;
  for (const auto& [number, exchange] : exchanges) {
    if (!exchange->open()) continue;
    ++count;
    bytes += exchange->message().message->bytes().size();
  }
  return count < kMostOpen && bytes <= options.queue_limit;
}

std::string RemoteServer::Impl::own_id() {
  return "\"callgate-" + std::to_string(++last_own) + "\"";
}

Result<WebFields> RemoteServer::Impl::fields_of(const GateMessage& message) const {
  return post_fields(message, sse ? SessionTerms() : terms_, params);
}

std::string RemoteServer::Impl::session_key() const {
  if (!sse) return terms_.id;
  return old.ready() ? old.endpoint().text : "";
}

void RemoteServer::Impl::ended(Exchange& exchange) {
  if (gone) return;
  const auto found = exchanges.find(exchange.number());
  if (found == exchanges.end()) return;
  destroy_later(access_, std::move(found->second));
  exchanges.erase(found);
}

void RemoteServer::Impl::close_all() {
  for (const auto& [number, exchange] : exchanges) exchange->close();
  stream.close();
  old.close();
  old_requests.stop();
  reconnect.stop();
  ending.stop();
  farewell.reset();
}

void RemoteServer::Impl::end(std::string reason) {
  if (std::exchange(gone, true)) return;
  close_all();
  if (const auto call = std::exchange(events.on_gone, nullptr)) call({.reason = std::move(reason)});
}

void RemoteServer::Impl::stop(Millis limit) {
  if (gone) return;
  const bool first = !std::exchange(stopping, true);
  const Millis most = std::min(limit, access_.times.end);
  if (first) {
    close_all();
    if (!terms_.id.empty() && !sse)
      farewell = std::make_unique<WebCall>(access_, *this,
                                           WebOrder{.method = "DELETE",
                                                    .url = access_.url,
                                                    .fields = session_fields(terms_),
                                                    .repeats = false});
  }
  const Nanos until = access_.loop().now().monotonic + (farewell ? most : Millis{0});
  if (!first && until >= ends_at) return;
  ends_at = until;
  ending.start(farewell ? most : Millis{0}, [this] { end("was stopped"); });
}

Result<std::unique_ptr<RemoteServer>> RemoteServer::start(HttpLoop& http, RemoteOptions options,
                                                          RemoteEvents events) {
  const auto curl = http.impl().library();
  if (!curl) return curl.error();
  auto url = read_url(**curl, options.url);
  if (!url) return url.error();
  if (const Status status = check_url(*url, options); !status) return status.error();
  if (const Status status = check_configured(options.fields); !status) return status.error();
  if (url->secure()) {
    if (const auto read = http.impl().certificates(options.network); !read) return read.error();
  }
  ServerAccess access{.http = http,
                      .url = std::move(*url),
                      .fields = options.fields,
                      .network = options.network,
                      .authorizer = options.authorizer,
                      .times = options.times};
  auto impl = std::make_shared<Impl>(std::move(access), std::move(options), std::move(events));
  impl->begin();
  return std::unique_ptr<RemoteServer>(new RemoteServer(std::move(impl)));
}

RemoteServer::RemoteServer(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

RemoteServer::~RemoteServer() {
  impl_->gone = true;
  impl_->lifetime.restart();
  impl_->close_all();
  Loop& loop = impl_->access_.loop();
  loop.post([keep = std::move(impl_)] {});
}

bool RemoteServer::send(std::string line) { return impl_->send(std::move(line)); }

void RemoteServer::stop(Millis limit) { impl_->stop(limit); }

}  // namespace callgate
