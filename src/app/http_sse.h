// A session of the HTTP+SSE transport (MCP 2024-11-05). The session is one output stream. Messages
// come in by POSTs, which are only accepted (202).
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
  /// True if the stream is gone.
  bool over() const { return !connection_; }

  void send(Outgoing message) override;
  void connection_gone(HttpConnection& connection, Exchange exchange) override;
  void still_waiting(HttpConnection&, Exchange, Nanos) override {}

 private:
  const std::string id_;
  HttpConnection* connection_;
};

}  // namespace callgate
