// Replaces the configuration while calls are running.
#pragma once

#include <string>

#include "child_router.h"
#include "gate/call/core.h"
#include "workspaces.h"

namespace callgate {

class Reloader {
 public:
  Reloader(Core& core, ChildRouter& router, Workspaces& workspaces)
      : core_(core), router_(router), workspaces_(workspaces) {}

  /// Applies a new configuration; see Gate::reload.
  Reloaded reload(Reload today);

 private:
  void retire(ServerIndex server);
  void move_subscription(Subscriber who, const std::string& uri, const std::string& server);

  Core& core_;
  ChildRouter& router_;
  Workspaces& workspaces_;
};

}  // namespace callgate
