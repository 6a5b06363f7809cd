// A session of the HTTP+SSE transport (MCP 2024-11-05). The session exists as long as its one
// stream, on which all messages to the client are sent. The client sends messages with POST
// requests, which get only the status 202 (Accepted).
#pragma once

#include <string>

#include "http_parts.h"

namespace callgate {

class SseSession final : public HttpSession {
 public:
  SseSession(HttpParts& parts, std::string id, HttpConnection& connection);

  const std::string& id() const { return id_; }
  void post(const MessagePtr& message);
  void end(const std::string& reason);
  /// True if the stream has closed.
  bool over() const { return !connection_; }

  void send(Outgoing message) override;
  void connection_gone(HttpConnection& connection, Exchange exchange) override;
  void still_waiting(HttpConnection&, Exchange, Nanos) override {}

 private:
  const std::string id_;
  HttpConnection* connection_;
};

}  // namespace callgate
