#include "http_modern.h"

#include <utility>

namespace callgate {

ModernSession::ModernSession(HttpParts& parts, const HttpConnection& opener)
    : HttpSession(parts, opener) {}

void ModernSession::post(HttpConnection& connection, const Rpc& rpc, const MessagePtr& message) {
  used();
  const Exchange exchange = ++parts_.last_exchange;
  const bool request = rpc.kind == RpcKind::Request;
  posts_.emplace(exchange, OpenPost{.connection = &connection,
                                    .id = std::string(rpc.id ? rpc.id.raw() : ""),
                                    .answers = request ? size_t{1} : size_t{0}});
  connection.belongs_to(*this, exchange);
  parts_.gate.client_message(session_, message, exchange);
  if (!request && posts_.erase(exchange) > 0) connection.answer(202, "", "");
}

void ModernSession::send(Outgoing message) {
  const auto found = posts_.find(message.about);
  if (found == posts_.end()) return;  // the client has closed the connection
  OpenPost& post = found->second;
  if (message.kind != SendKind::Answer) {
    if (!post.events) post.connection->begin_events();
    post.events = true;
    post.connection->event(sse_event("", "message", message.bytes));
    return;
  }
  HttpConnection& connection = *post.connection;
  if (post.events) {
    connection.event(sse_event("", "message", message.bytes));
    connection.end_events();
  } else {
    connection.answer(modern_status(message.error), kJsonType, std::move(message.bytes));
  }
  posts_.erase(found);
}

void ModernSession::connection_gone(HttpConnection&, Exchange exchange) {
  used();
  if (posts_.erase(exchange) > 0 && !ended_) parts_.gate.exchange_gone(session_, exchange);
}

void ModernSession::still_waiting(HttpConnection& connection, Exchange exchange, Nanos waited) {
  const auto post = posts_.find(exchange);
  if (post == posts_.end() || post->second.events || waited < kLongWait) return;
  post->second.events = true;
  connection.begin_events();
  connection.event(std::string(kSseComment));
}

void ModernSession::end(const HttpFault& fault) {
  if (ended_) return;
  ended_ = true;
  for (auto& [exchange, post] : std::exchange(posts_, {})) {
    if (post.events) {
      post.connection->event(sse_event("", "message", fault_body(fault, post.id)));
      post.connection->end_events();
    } else {
      post.connection->refuse(fault, post.id);
    }
  }
  parts_.gate.client_gone(session_, fault.message);
}

}  // namespace callgate
