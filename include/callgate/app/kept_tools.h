// What servers' tool definitions take of a client's context, by what they offered last; no server
// is started.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "callgate/base/time.h"
#include "callgate/config/config.h"

namespace callgate {

struct KeptTool {
  std::string name;                    ///< the server's own
  std::vector<std::string> arguments;  ///< the names in its schema
};

struct KeptTools {
  std::string server;
  uint64_t tools = 0, bytes = 0;  ///< bytes of their definitions
  std::vector<KeptTool> list;
};

/// Of the lists that gates keep between runs, the newest of each server that was of use since then;
/// most bytes first. Files that are no good are passed over; at most 1,000 are read. Blocking.
std::vector<KeptTools> kept_tools(const std::string& state_dir, Micros since);

/// Something is kept of that server as it is configured, if only of another working folder.
bool lists_are_kept(const std::string& state_dir, const ServerConfig& server);

}  // namespace callgate
