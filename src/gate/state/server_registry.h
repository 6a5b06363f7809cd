// The configured servers by number. A number belongs to one configuration of one server, for
// clients with equal workspaces: other clients' servers run in another folder or environment, so
// they may have other lists. A server whose command changes gets a new number; the old number is
// retired while its last calls end.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/config/config.h"
#include "callgate/gate/ports.h"
#include "callgate/gate/workspace.h"

namespace callgate {

/// The number of a workspace that a session has. A number may be reused after the end of the last
/// session in the workspace.
using WorkspaceNumber = uint32_t;
/// The gate process's own workspace, which always exists.
inline constexpr WorkspaceNumber kOwnWorkspace = 0;

class ServerRegistry {
 public:
  using IsFree = std::function<bool(ServerIndex)>;

  explicit ServerRegistry(std::vector<ServerConfig> servers);

  /// Also valid for a retired server, until its number is reused. `cwd` is the folder in which the
  /// server runs for clients that have a workspace.
  const ServerConfig& operator[](ServerIndex server) const { return all_[server].config; }
  /// The workspace in which the server's children start: that of the first client.
  const WorkspacePtr& workspace_of(ServerIndex server) const { return all_[server].workspace; }
  /// The servers that are not retired, for clients in this workspace, in the configuration's order.
  const std::vector<ServerIndex>& order(WorkspaceNumber workspace) const {
    return views_[workspace].order;
  }
  /// The number of workspaces, including those without sessions.
  WorkspaceNumber workspaces() const { return static_cast<WorkspaceNumber>(views_.size()); }
  /// The numbers of all servers that are not retired.
  std::vector<ServerIndex> served() const;
  /// True if the number belongs to a server that is not retired.
  bool serves(ServerIndex server) const { return all_[server].served; }
  std::optional<ServerIndex> find(WorkspaceNumber workspace, std::string_view name) const;
  /// True if the exposed names of another server can begin like those of this server, or if both
  /// servers expose names without a prefix.
  bool shares_prefix(ServerIndex server) const;

  struct Entered {
    WorkspaceNumber workspace = kOwnWorkspace;
    bool fresh = false;              ///< the workspace got its number now
    std::vector<ServerIndex> added;  ///< servers that got a number for this workspace
  };
  /// A session in this workspace begins. The number of a retired server is reused if `is_free`
  /// returns true for it.
  Entered enter(const WorkspacePtr& workspace, const IsFree& is_free);
  /// A session in this workspace has ended.
  void leave(WorkspaceNumber workspace) { --views_[workspace].sessions; }
  /// Retires the servers that only workspaces without sessions use, if `is_free` returns true for
  /// them. Returns the retired servers.
  std::vector<ServerIndex> retire_unused(const IsFree& is_free);

  struct Change {
    std::vector<ServerIndex> added, retired;  // a changed server is in both
  };
  /// Replaces the configuration. A change that does not concern the process (times, names, hidden
  /// tools) keeps the server's number. Servers named in `renewed` count as changed in any case.
  Change replace(std::vector<ServerConfig> servers, const std::vector<std::string>& renewed,
                 const IsFree& is_free);

 private:
  struct Entry {
    ServerConfig config;
    WorkspacePtr workspace;
    std::string key;  // see workspace_key()
    bool served = true;
  };
  /// What clients with equal workspaces use.
  struct View {
    WorkspacePtr workspace;
    size_t sessions = 0;
    std::vector<ServerIndex> order;
  };
  /// Returns the numbers of all configured servers for this workspace, and appends the new ones to
  /// `added`. Numbers in `changed` belong to entries that are about to be retired.
  std::vector<ServerIndex> numbers_for(const WorkspacePtr& workspace,
                                       const std::vector<ServerIndex>& changed,
                                       const IsFree& is_free, std::vector<ServerIndex>& added);
  std::optional<ServerIndex> number_of(std::string_view name, std::string_view key,
                                       const std::vector<ServerIndex>& changed) const;
  ServerIndex add(Entry entry, const IsFree& is_free);
  bool in_use(ServerIndex server) const;

  std::vector<ServerConfig> configured_;
  std::deque<Entry> all_;
  std::vector<View> views_;
};

}  // namespace callgate
