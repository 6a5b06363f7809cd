// Chooses the servers that a read-only command does not start. If a child of a server runs already,
// a second child may harm it: both may need the same browser, lock or port. If the user asks about
// a tool of one server, the command needs no other server.
#pragma once

#include <map>
#include <set>
#include <string>

#include "callgate/config/config.h"
#include "gates.h"

namespace callgate {

struct RunningServer {
  GateServer server;
  int64_t gate = 0;  ///< pid of the gate process
};

struct LeftAlone {
  std::map<std::string, RunningServer> running;  ///< by name
  std::set<std::string> unasked;
  bool has(const std::string& name) const {
    return running.contains(name) || unasked.contains(name);
  }
};

/// Marks servers in `config` so that the gate does not start them. These are the servers that run
/// in a gate process with the same configuration, and the servers that can't have the tool `asked`.
/// `asked` is the tool's name as clients see it, or SERVER__TOOL; empty means that the command
/// needs all servers. The command can still show the stored lists of the marked servers.
LeftAlone leave_alone(Config& config, const Places& places, const std::string& asked = "");

}  // namespace callgate
