// Finds faults in a tool's definition. MCP allows these faults, but some clients or models reject a
// tool that has one of them.
#pragma once

#include <string>
#include <vector>

#include "callgate/wire/message.h"

namespace callgate {

/// Returns each fault once, as text: `has no description`, `"items" is missing at
/// /properties/list`. Returns an empty list if no known client or model rejects the definition.
std::vector<std::string> tool_faults(Value definition);

/// Defines how a client composes the name under which its model sees a tool, and the maximum length
/// of this name. `entry` (below) is the name of callgate in the client's configuration.
struct ClientNames {
  std::string_view client, before, after;  ///< before + entry + after + name
  size_t most;
};
const std::vector<ClientNames>& clients_names();

}  // namespace callgate
