// Serves modern clients over HTTP (MCP 2026-07-28). Every POST contains everything that is needed
// to answer it. The gate treats all requests with the same token, client name and client version as
// requests of one client.
#pragma once

#include <string>
#include <unordered_map>

#include "callgate/wire/rpc.h"
#include "http_parts.h"

namespace callgate {

class ModernSession final : public HttpSession {
 public:
  ModernSession(HttpParts& parts, const HttpConnection& opener);

  /// Handles a message. The caller has checked its headers and its `_meta`.
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
