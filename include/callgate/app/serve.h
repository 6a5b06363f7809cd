// `callgate serve`: the gate process that HTTP clients share.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "callgate/app/gate_process.h"

namespace callgate {

struct ServeOptions {
  GateProcessOptions gateway;
  std::vector<ListenAddress> listen;  ///< if empty, the addresses in the configuration's `http`
  bool token = true;  ///< require a bearer token; without it, `listen` must be loopback
  /// Called when HTTP clients can connect at all addresses. `token_file` is empty if no token is
  /// required.
  std::function<void(const std::vector<std::string>& urls, const std::string& token_file)> on_ready;
};

/// Runs until SIGTERM, SIGINT or SIGHUP arrives. Then it answers open requests with an error, ends
/// streams and children, and closes the record. Returns an error if it could not start.
Status run_serve(ServeOptions options);

}  // namespace callgate
