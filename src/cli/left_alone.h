// Servers that a command which only looks does not start: a second copy of one that runs may harm
// the first (a browser, a lock, a port), and one that nobody asked about need not run.
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

/// Keeps those servers of the configuration from being started that run in a gate process with the
/// same configuration, and those that cannot have the tool `asked` (as clients see it, or
/// server__tool; empty: all are asked about). What they offered last is shown all the same.
LeftAlone leave_alone(Config& config, const Places& places, const std::string& asked = "");

}  // namespace callgate
