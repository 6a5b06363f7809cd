#include "http_sse.h"

#include <utility>

namespace callgate {

SseSession::SseSession(HttpParts& parts, std::string id, HttpConnection& connection)
    : HttpSession(parts, connection), id_(std::move(id)), connection_(&connection) {
  connection.belongs_to(*this, 0);
  connection.begin_events();
  connection.event(sse_event("", "endpoint", "/messages?sessionId=" + id_));
}

void SseSession::post(const MessagePtr& message) {
  parts_.gate.client_message(session_, message, 0);
}

void SseSession::send(Outgoing message) {
  if (connection_) connection_->event(sse_event("", "message", message.bytes));
}

void SseSession::connection_gone(HttpConnection&, Exchange) {
  connection_ = nullptr;
  end("the client closed its stream");
}

void SseSession::end(const std::string& reason) {
  if (ended_) return;
  ended_ = true;
  if (HttpConnection* stream = std::exchange(connection_, nullptr)) stream->end_events();
  parts_.gate.client_gone(session_, reason);
}

}  // namespace callgate
