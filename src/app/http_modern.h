// Modern clients over HTTP (MCP 2026-07-28). Every POST is complete in itself. To the gate,
// requests with the same token and the same client name and version come from one client.
#pragma once

#include <string>
#include <unordered_map>

#include "callgate/wire/rpc.h"
#include "http_parts.h"

namespace callgate {

class ModernSession final : public HttpSession {
 public:
  ModernSession(HttpParts& parts, const HttpConnection& opener);

  /// Takes a message whose headers and terms have been checked.
  void post(HttpConnection& connection, const Rpc& rpc, const MessagePtr& message);
  void end(const HttpFault& fault);
  bool idle() const { return posts_.empty(); }

  void send(Outgoing message) override;
  void connection_gone(HttpConnection& connection, Exchange exchange) override;
  void still_waiting(HttpConnection& connection, Exchange exchange, Nanos waited) override;

 private:
  std::unordered_map<Exchange, OpenPost> posts_;
};

}  // namespace callgate
