#include "workspaces.h"

#include "gate/flow/tasks.h"

namespace callgate {

WorkspaceNumber Workspaces::enter(const WorkspacePtr& workspace) {
  const ServerRegistry::Entered entered = core_.registry.enter(
      workspace, [this](ServerIndex server) { return core_.pool.is_free(server); });
  for (const ServerIndex server : entered.added) adopt(server);
  if (entered.fresh) core_.catalog.merge_workspace(entered.workspace);
  return entered.workspace;
}

void Workspaces::leave(WorkspaceNumber workspace) {
  core_.registry.leave(workspace);
  forget_unused();
}

void Workspaces::forget_unused() {
  const std::vector<ServerIndex> retired = core_.registry.retire_unused(
      [this](ServerIndex server) { return core_.pool.is_free(server); });
  if (retired.empty()) return;
  for (const ServerIndex server : retired) core_.catalog.forget(server);
  core_.catalog.merge_all();
}

void Workspaces::adopt(ServerIndex server) {
  core_.server_cache.adopt(server);
  for (const ChildIndex replaced : core_.pool.adopt(server)) core_.tasks->forget(replaced);
}

}  // namespace callgate
