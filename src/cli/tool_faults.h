// What of a tool's definition clients or models refuse, though the protocol allows it.
#pragma once

#include <string>
#include <vector>

#include "callgate/wire/message.h"

namespace callgate {

/// In words, each once: `has no description`, `"items" is missing at /properties/list`. Empty: it
/// is fine everywhere that is known.
std::vector<std::string> tool_faults(Value definition);

/// A client that has `entry` for callgate: how it calls the tool, and how long that may be.
struct ClientNames {
  std::string_view client, before, behind;  ///< before + entry + behind + name
  size_t most;
};
const std::vector<ClientNames>& clients_names();

}  // namespace callgate
