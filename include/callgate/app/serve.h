// `callgate serve`: the gate process that HTTP clients share.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "callgate/app/gateway.h"

namespace callgate {

struct ServeOptions {
  GatewayOptions gateway;
  std::vector<ListenAddress> listen;  ///< empty: the addresses of the configuration's `http`
  bool token = true;  ///< require a bearer token; without one only this machine may reach us
  /// Called when all addresses listen. `token_file` is empty without a token.
  std::function<void(const std::vector<std::string>& urls, const std::string& token_file)> on_ready;
};

/// Runs until SIGTERM, SIGINT or SIGHUP. Then it answers open requests with an error, ends streams
/// and children, and closes the record. The error is the reason why it could not start.
Status run_serve(ServeOptions options);

}  // namespace callgate
