// Replaces the configuration while calls are running.
#pragma once

#include <optional>
#include <string>

#include "child_router.h"
#include "gate/call/core.h"

namespace callgate {

class Reloader {
 public:
  Reloader(Core& core, ChildRouter& router) : core_(core), router_(router) {}

  /// Applies a new configuration; see Gate::reload.
  Reloaded reload(Reload today);

 private:
  void adopt(ServerIndex server);
  void retire(ServerIndex server);
  void move_subscription(Subscriber who, const std::string& uri, std::optional<ServerIndex> heir);

  Core& core_;
  ChildRouter& router_;
};

}  // namespace callgate
