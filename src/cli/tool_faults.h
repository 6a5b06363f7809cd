// Faults of a tool's definition that MCP allows, but that some clients or models reject.
#pragma once

#include <string>
#include <vector>

#include "callgate/wire/message.h"

namespace callgate {

/// Returns each fault once, in words: `has no description`, `"items" is missing at
/// /properties/list`. Returns nothing if no known client or model rejects the definition.
std::vector<std::string> tool_faults(Value definition);

/// How a client composes the name of a tool, and how long that name may be. The client's
/// configuration has the name `entry` for callgate.
struct ClientNames {
  std::string_view client, before, behind;  ///< before + entry + behind + name
  size_t most;
};
const std::vector<ClientNames>& clients_names();

}  // namespace callgate
