// Decides which clients may share the children of a server, with regard to their workspaces.
#pragma once

#include <string>

#include "callgate/config/config.h"
#include "callgate/gate/workspace.h"

namespace callgate {

/// Returns a key for the part of the workspace on which the server depends, except the account.
/// Clients whose keys and accounts are equal see the same lists of the server and may share a
/// child. The key contains a digest of the variables that the server gets or that its configuration
/// mentions, except TERM and those that the configuration sets. If the configuration contains a
/// command, nearly all variables count. It also contains the folder, unless `share` is "all", "one"
/// or "root", or the server has a `cwd` and no reference in its `env` depends on the folder. "" for
/// the gate process's own workspace.
std::string workspace_key(const WorkspacePtr& workspace, const ServerConfig& server);

}  // namespace callgate
