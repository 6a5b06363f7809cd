// A session of the HTTP+SSE transport (MCP 2024-11-05): one stream out, which is the session, and
// POSTs in that are only accepted.
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
  /// Its stream is gone.
  bool over() const { return !connection_; }

  void send(Outgoing message) override;
  void connection_gone(HttpConnection& connection, Exchange exchange) override;
  void still_waiting(HttpConnection&, Exchange, Nanos) override {}

 private:
  const std::string id_;
  HttpConnection* connection_;
};

}  // namespace callgate
