// Servers that a read-only command does not start. A second child of a server that runs already may
// harm the first (a browser, a lock, a port), and a server that the user did not ask about is not
// needed.
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

/// Marks servers in `config` so that they are not started: those that run in a gate process with
/// the same configuration, and those that can't have the tool `asked`. `asked` is a name as clients
/// see it, or server__tool; empty means that every server is needed. Their stored lists are shown
/// anyway.
LeftAlone leave_alone(Config& config, const Places& places, const std::string& asked = "");

}  // namespace callgate
