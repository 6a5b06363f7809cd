#include "workspaces.h"

#include <algorithm>

#include "gate/flow/tasks.h"

namespace callgate {

WorkspaceNumber Workspaces::enter(const ClientFacts& client, const std::vector<ServerIndex>& kept,
                                  std::vector<ServerIndex>* added) {
  const auto is_free = [&](ServerIndex server) {
    return std::find(kept.begin(), kept.end(), server) == kept.end() && core_.pool.is_free(server);
  };
  const ServerRegistry::Entered entered =
      core_.registry.enter(client.workspace, core_.accounts_of(client.profile), is_free);
  for (const ServerIndex server : entered.added) adopt(server);
  if (entered.fresh) core_.catalog.merge_workspace(entered.workspace);
  if (added) added->insert(added->end(), entered.added.begin(), entered.added.end());
  return entered.workspace;
}

std::vector<ServerIndex> Workspaces::enter_again(const std::vector<ServerIndex>& retired) {
  std::vector<ServerIndex> added;
  for (const auto& [number, session] : core_.sessions) {
    const WorkspaceNumber before = session->workspace();
    session->set_workspace(enter(session->client.facts(), retired, &added));
    core_.registry.leave(before);
  }
  return added;
}

void Workspaces::leave(WorkspaceNumber workspace) {
  core_.registry.leave(workspace);
  forget_unused();
}

void Workspaces::forget_unused() {
  const ServerRegistry::Unused unused = core_.registry.forget_unused(
      [this](ServerIndex server) { return core_.pool.is_unused(server); });
  for (const ServerIndex server : unused.retired) core_.catalog.forget(server);
  for (const WorkspaceNumber workspace : unused.workspaces)
    core_.catalog.merge_workspace(workspace);
  if (!unused.retired.empty()) core_.pool.end_retired();  // suspended children
}

void Workspaces::adopt(ServerIndex server) {
  core_.catalog.forget(server);
  core_.server_cache.adopt(server);
  for (const ChildIndex replaced : core_.pool.adopt(server)) core_.tasks->forget(replaced);
}

}  // namespace callgate
