// Measures how much of the model's context the tool definitions of servers take. Starts no server:
// the measures come from the tool lists that gates saved when the servers last ran.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "callgate/base/time.h"
#include "callgate/config/config.h"

namespace callgate {

struct KeptTool {
  std::string name;                    ///< as the server names it
  std::vector<std::string> arguments;  ///< the names of the properties in its input schema
};

struct KeptTools {
  std::string server;
  uint64_t tools = 0, bytes = 0;  ///< number of tools, and bytes of their definitions
  std::vector<KeptTool> list;
};

/// Returns the newest saved list of each server, if a gate has used the list at or after `since`.
/// The lists with the most bytes come first. Skips files that cannot be used, and reads at most
/// 1,000 files. Blocking.
std::vector<KeptTools> kept_tools(const std::string& state_dir, Micros since);

/// True if lists of this server with this configuration are saved. Lists that were saved for
/// another working folder count, too.
bool lists_are_kept(const std::string& state_dir, const ServerConfig& server);

/// Forgets that this server brought no lists when it was last started, so that the next gate waits
/// for it again. `server` names the account. Blocking.
void forget_missing(const std::string& state_dir, const ServerConfig& server);

}  // namespace callgate
