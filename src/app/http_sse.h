// A session of the HTTP+SSE transport (MCP 2024-11-05): one stream out, which is the session, and
// POSTs in that are only accepted.
#pragma once

#include <string>

#include "http_parts.h"

namespace callgate {

/// Loop's thread. Opens its session at the gate when built, ends it in end().
class SseSession final : public ClientLink, public ExchangeOwner {
 public:
  SseSession(HttpParts& parts, Principal principal, std::string id, HttpConnection& connection);
  ~SseSession() override;

  const std::string& id() const { return id_; }
  const Principal& principal() const { return principal_; }
  void post(const MessagePtr& message);
  void end(const std::string& reason);
  /// Its stream is gone.
  bool over() const { return !connection_; }

  void send(Outgoing message) override;
  void dismiss(const std::string&) override {
    dismissed_ = true;
    parts_.dismissed();
  }
  bool dismissed() const { return dismissed_; }
  void connection_gone(HttpConnection& connection, Exchange exchange) override;
  void still_waiting(HttpConnection&, Exchange, Nanos) override {}

 private:
  HttpParts& parts_;
  const Principal principal_;
  const std::string id_;
  HttpConnection* connection_;
  SessionNumber session_ = 0;
  bool ended_ = false, dismissed_ = false;
};

}  // namespace callgate
