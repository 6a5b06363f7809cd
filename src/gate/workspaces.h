// Gives each session the servers of its workspace, and prepares new server numbers.
#pragma once

#include <vector>

#include "gate/call/core.h"

namespace callgate {

class Workspaces {
 public:
  explicit Workspaces(Core& core) : core_(core) {}

  /// A session of this client begins. Its workspace and its profile decide which servers it gets.
  WorkspaceNumber enter(const ClientFacts& client) { return enter(client, {}, nullptr); }
  /// The configuration has been replaced. Each session enters its workspace again. Numbers of the
  /// servers in `retired` are not reused yet. Returns the servers that got a number.
  std::vector<ServerIndex> enter_again(const std::vector<ServerIndex>& retired);
  /// The session has ended.
  void leave(WorkspaceNumber workspace);
  /// Forgets the servers of workspaces without sessions, once their children have ended.
  void forget_unused();
  /// The number has just been given to a server. Deletes what the gate knows about the server that
  /// had the number before.
  void adopt(ServerIndex server);

 private:
  WorkspaceNumber enter(const ClientFacts& client, const std::vector<ServerIndex>& kept,
                        std::vector<ServerIndex>* added);

  Core& core_;
};

}  // namespace callgate
