// What all parts of the gate share: the time, the configuration, and what is known of servers and
// clients. It knows no session, child or call.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "callgate/base/digest.h"
#include "callgate/gate/options.h"
#include "callgate/gate/ports.h"
#include "callgate/wire/message.h"
#include "catalog.h"
#include "clients.h"
#include "deadlines.h"
#include "server_cache.h"
#include "server_registry.h"

namespace callgate {

/// A subscriber to a resource: a SessionNumber, or kStreamBit and the number of a modern client's
/// stream of changes. Both numbers have 32 bits, so bit 32 shows which kind of subscriber it is.
using Subscriber = uint64_t;
inline constexpr Subscriber kStreamBit = Subscriber{1} << 32;

struct GateState {
  GateState(GateOptions options, RecordPort& record, ListStore& lists);

  GateOptions options;
  RecordPort& record;
  Walker walker;
  Now now;
  Deadlines deadlines;
  ServerRegistry registry;
  Catalog catalog;
  ServerCache server_cache;
  Clients clients;
  uint64_t unreadable = 0;  // messages of clients that are not JSON-RPC messages, or are too long
  bool shutting_down = false;
  uint64_t rules = 0;  // how often the policy has been replaced
  Hmac sign;

  /// Returns the signature of `text` as hex, with a key that differs in each run. A client that
  /// sends a text with the right signature got the text from this gate in this run.
  std::string signature(std::string_view text) const { return hex(sign(text)); }
  /// Returns the id of a call of this run in the record.
  CallId id_of(CallNumber call) const { return CallId{options.run} << 32 | call; }
  /// Counts a message of the client that could not be parsed, and logs the first such messages.
  void count_unreadable(std::string_view client, const std::string& why);
  /// The accounts that this profile ("": no profile) chooses.
  const ChosenAccounts& accounts_of(const std::string& profile) const;
  /// True if sessions with this profile ("": no profile) see the tool.
  bool shows(const CatalogEntry& tool, const std::string& profile) const;
  /// True if the server asks its clients questions and is not configured to be shared nevertheless,
  /// so that each session needs its own child.
  bool asks_alone(ServerIndex server) const;
};

}  // namespace callgate
