// Passes what clients send to the gate. All endpoints (stdio, HTTP, commands) use it.
#pragma once

#include <string>
#include <string_view>

#include "callgate/config/config.h"
#include "callgate/gate/gate.h"
#include "callgate/io/loop.h"

namespace callgate {

class SpareMemory;

/// Adds the current time to each event. Gate describes what the functions do. Used on the loop's
/// thread.
class ClientEntrance {
 public:
  /// The references must outlive the object. `config` is the configuration in effect, which changes
  /// when the file is reloaded.
  ClientEntrance(Loop& loop, Gate& gate, const Config& config, SpareMemory& memory)
      : loop_(loop), gate_(gate), config_(config), memory_(memory) {}

  SessionNumber open_session(ClientLink& link, ClientFacts facts);
  void client_line(SessionNumber session, std::string line);
  void client_line_too_long(SessionNumber session, std::string_view head);
  void client_message(SessionNumber session, const MessagePtr& message, Exchange exchange);
  void refused_outside(const RefusedOutside& request);
  void unreadable(const std::string& why);
  void exchange_gone(SessionNumber session, Exchange exchange);
  /// See Gate::answer_missed().
  void answer_missed(SessionNumber session, const std::string& id);
  /// See Gate::earlier_call_told().
  void earlier_call_told(CallId call);
  void client_gone(SessionNumber session, const std::string& reason);
  void start_all(SessionNumber session);

  std::string client_name(SessionNumber session) const { return gate_.client_name(session); }
  size_t open_requests(SessionNumber session) const { return gate_.open_requests(session); }
  void assume_listed(SessionNumber session) { gate_.assume_listed(session); }
  bool settled(SessionNumber session) const { return gate_.settled(session); }
  bool token_revoked(std::string_view token) const { return gate_.token_revoked(token); }
  std::string_view tool_definition(const std::string& exposed, const std::string& profile) const {
    return gate_.tool_definition(exposed, profile);
  }
  const Config& config() const { return config_; }

 private:
  Loop& loop_;
  Gate& gate_;
  const Config& config_;
  SpareMemory& memory_;
};

}  // namespace callgate
