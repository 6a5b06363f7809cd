// Modern clients over HTTP (MCP 2026-07-28): every POST stands for itself, and whoever shows the
// same token and the same name is one client to the gate.
#pragma once

#include <string>
#include <unordered_map>

#include "callgate/wire/rpc.h"
#include "http_parts.h"

namespace callgate {

/// Loop's thread. Opens its session at the gate when built, ends it in end().
class ModernSession final : public ClientLink, public ExchangeOwner {
 public:
  ModernSession(HttpParts& parts, Principal principal);
  ~ModernSession() override;

  const Principal& principal() const { return principal_; }
  /// Its headers and terms are checked.
  void post(HttpConnection& connection, const Rpc& rpc, const MessagePtr& message);
  void end(const HttpFault& fault);
  bool idle() const { return posts_.empty(); }
  Nanos last_used() const { return last_used_; }

  void send(Outgoing message) override;
  void dismiss(const std::string&) override {
    dismissed_ = true;
    parts_.dismissed();
  }
  bool dismissed() const { return dismissed_; }
  void connection_gone(HttpConnection& connection, Exchange exchange) override;
  void still_waiting(HttpConnection& connection, Exchange exchange, Nanos waited) override;

 private:
  HttpParts& parts_;
  const Principal principal_;
  SessionNumber session_ = 0;
  std::unordered_map<Exchange, OpenPost> posts_;
  Nanos last_used_{};
  bool ended_ = false, dismissed_ = false;
};

}  // namespace callgate
