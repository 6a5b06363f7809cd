// Gives each session the servers of its workspace, and takes numbers of servers into use.
#pragma once

#include <vector>

#include "gate/call/core.h"

namespace callgate {

class Workspaces {
 public:
  explicit Workspaces(Core& core) : core_(core) {}

  /// A session in this workspace begins.
  WorkspaceNumber enter(const WorkspacePtr& workspace);
  /// The session has ended.
  void leave(WorkspaceNumber workspace);
  /// Forgets the servers of workspaces without sessions, once their children have ended.
  void forget_unused();
  /// The number belongs to this server from now on. It may have belonged to another server before,
  /// of which nothing may stay.
  void adopt(ServerIndex server);

 private:
  Core& core_;
};

}  // namespace callgate
