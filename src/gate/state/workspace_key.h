// Decides which clients may share a server, with regard to their workspaces.
#pragma once

#include <string>

#include "callgate/config/config.h"
#include "callgate/gate/workspace.h"

namespace callgate {

/// Returns a key for the part of the workspace that the server depends on. Clients whose keys are
/// equal see the same lists of the server and may share a child. The key contains the values of the
/// variables that the server gets or that its configuration mentions, and the folder, unless the
/// server has a `cwd` or its `share` is "all", "one" or "root". "" for the gate process's own
/// workspace.
std::string workspace_key(const WorkspacePtr& workspace, const ServerConfig& server);

}  // namespace callgate
