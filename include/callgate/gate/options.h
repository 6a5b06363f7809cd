// The configuration of a gate.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "callgate/config/config.h"
#include "callgate/policy/policy.h"
#include "callgate/policy/profiles.h"

namespace callgate {

struct GateOptions {
  std::vector<ServerConfig> servers;  ///< the enabled servers
  Policy policy;
  Limits limits;
  RecordConfig::OnFailure on_failure = RecordConfig::OnFailure::Refuse;
  std::string version;  ///< callgate's version, for serverInfo and clientInfo
  /// A random key, different in each run. With it the gate signs the `requestState` that a client
  /// must send back unchanged, and makes the ids of tasks.
  std::string secret;
  Profiles profiles;  ///< the configured profiles; ClientFacts::profile names one of them
  GuardConfig guard;
  RetryConfig retry;
  /// The number of this run in the record, with which the ids of calls and findings begin; 0: none.
  uint32_t run = 0;
  /// The gate's working directory. Paths of a server without a `cwd` of its own are relative to it.
  std::string cwd;
};

/// The parts of the configuration that can change while the gate runs.
struct Reload {
  std::vector<ServerConfig> servers;  ///< the enabled servers
  Policy policy;
  Profiles profiles;
  GuardConfig guard;
  RetryConfig retry;
  RecordConfig::OnFailure on_failure = RecordConfig::OnFailure::Refuse;
  /// Names of servers that restart even if their configuration is unchanged, because the value of a
  /// secret that they use has changed.
  std::vector<std::string> renewed;
};
/// The names of the servers that a reload added, restarted and removed. A server whose process
/// stays is in none of the three lists.
struct Reloaded {
  std::vector<std::string> added, restarted, removed;
};

}  // namespace callgate
