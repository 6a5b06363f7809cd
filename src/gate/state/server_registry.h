// The configured servers by number. A number belongs to one configuration of one server and to all
// clients for which the workspace_key() and the account of the server are equal. In another folder
// or environment, or with another account, the server may have other lists. A server whose command
// changes gets a new number; the old number is retired while its last calls end.
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

/// Identifies a workspace while sessions use it. Later, the number may mean another workspace.
using WorkspaceNumber = uint32_t;
/// The gate process's own workspace, which always exists.
inline constexpr WorkspaceNumber kOwnWorkspace = 0;

class ServerRegistry {
 public:
  using IsFree = std::function<bool(ServerIndex)>;

  /// `own_folder` is the folder of kOwnWorkspace, for which accounts of remote servers are chosen.
  ServerRegistry(std::vector<ServerConfig> servers, std::string own_folder);

  /// Also valid for a retired server, until its number is reused. `cwd` is the configured folder
  /// or else the workspace's; if it is empty, our own. The account of a remote server is chosen.
  const ServerConfig& operator[](ServerIndex server) const { return all_[server].config; }
  /// The workspace in which the server's children start: that of the first client.
  const WorkspacePtr& workspace_of(ServerIndex server) const { return all_[server].workspace; }
  /// The servers that are not retired, for clients in this workspace, in the configuration's order.
  const std::vector<ServerIndex>& order(WorkspaceNumber workspace) const {
    return views_[workspace].order;
  }
  /// How many workspace numbers there are, including those that no session uses.
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
  /// A session in this workspace begins, or uses the servers of a new configuration. Its profile
  /// chooses the accounts `chosen`. Sessions with different accounts get different workspace
  /// numbers. The number of a retired server is reused if `is_free` returns true for it.
  Entered enter(const WorkspacePtr& workspace, const ChosenAccounts& chosen, const IsFree& is_free);
  /// Returns the number that enter() gives to a session in the gate process's own workspace, or
  /// nullopt if no session has needed this number yet.
  std::optional<WorkspaceNumber> own_workspace(const ChosenAccounts& chosen) const;
  /// A session in this workspace has ended.
  void leave(WorkspaceNumber workspace) { --views_[workspace].sessions; }
  struct Unused {
    std::vector<ServerIndex> retired;
    std::vector<WorkspaceNumber> workspaces;  ///< they have no servers from now on
  };
  /// Forgets workspaces without sessions, unless a child runs that only they use. Retires the
  /// servers that no workspace uses any more.
  Unused forget_unused(const IsFree& is_unused);

  struct Change {
    std::vector<ServerIndex> added, retired;  // a changed server is in both
  };
  /// Replaces the configuration. A change that does not concern the process (times, names, hidden
  /// tools) keeps the server's number. Servers named in `renewed` count as changed in any case.
  /// Only kOwnWorkspace has the new servers afterwards: every session must enter its workspace
  /// again.
  Change replace(std::vector<ServerConfig> servers, const std::vector<std::string>& renewed,
                 const IsFree& is_free);

 private:
  struct Entry {
    ServerConfig config;
    WorkspacePtr workspace;
    std::string key;  // see workspace_key()
    bool served = true;
  };
  /// The servers of one workspace number.
  struct View {
    bool used = false;  // kOwnWorkspace is always used
    size_t sessions = 0;
    std::vector<ServerIndex> order;
    bool outdated = false;  // its servers are those of an earlier configuration
  };
  /// Returns the numbers of all configured servers for this workspace, and appends the new ones to
  /// `added`. Numbers in `changed` belong to entries that are about to be retired.
  std::vector<ServerIndex> numbers_for(const WorkspacePtr& workspace, const ChosenAccounts& chosen,
                                       const std::vector<ServerIndex>& changed,
                                       const IsFree& is_free, std::vector<ServerIndex>& added);
  std::optional<ServerIndex> number_of(std::string_view name, std::string_view account,
                                       std::string_view key,
                                       const std::vector<ServerIndex>& changed) const;
  /// The account that clients in this workspace use; "" if the server has no account for them.
  std::string account_in(const WorkspacePtr& workspace, const ChosenAccounts& chosen,
                         const ServerConfig& server) const;
  ServerIndex add(Entry entry, const IsFree& is_free);
  /// True if a workspace uses the server; with `with_sessions`, only workspaces with sessions
  /// count.
  bool in_use(ServerIndex server, bool with_sessions) const;

  std::vector<ServerConfig> configured_;
  std::string own_folder_;
  std::deque<Entry> all_;
  std::vector<View> views_;
};

}  // namespace callgate
