// `callgate serve`: the gate process that HTTP clients share.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "callgate/app/gateway.h"

namespace callgate {

struct ServeOptions {
  GatewayOptions gateway;
  std::vector<ListenAddress> listen;  ///< empty: where the configuration's `http` says
  bool token = true;                  ///< without one only this machine may reach us
  /// Everything listens. `token_file` is empty without a token.
  std::function<void(const std::vector<std::string>& urls, const std::string& token_file)> on_ready;
};

/// Until SIGTERM, SIGINT or SIGHUP: then requests under way are answered with an error, streams and
/// children end, the record is closed. The error is why it could not start.
Status run_serve(ServeOptions options);

}  // namespace callgate
