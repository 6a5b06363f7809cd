// Finds faults in a tool's definition that MCP allows, but for which some clients or models reject
// the tool.
#pragma once

#include <string>
#include <vector>

#include "callgate/wire/message.h"

namespace callgate {

/// Returns the faults as text, each once: `has no description`, `"items" is missing at
/// /properties/list`. Returns an empty list if no known client or model rejects the definition.
std::vector<std::string> tool_faults(Value definition);

/// How a client composes the name under which its model sees a tool, and the maximum length of this
/// name. `entry` is the name of callgate in the client's configuration.
struct ClientNames {
  std::string_view client, before, after;  ///< before + entry + behind + name
  size_t most;
};
const std::vector<ClientNames>& clients_names();

}  // namespace callgate
