// Finds the folders in which a server may look for a relative path: the folders that its
// configuration mentions.
#pragma once

#include <string>

#include "callgate/config/config.h"
#include "callgate/policy/policy.h"

namespace callgate {

/// Returns the first 64 absolute folders in the server's arguments and environment (`/a`, `~/a`,
/// `--root=/a`, `/a:/b`, `["/a"]`, `file:///a`, and `../a` under its working folder). Values that
/// the server gets from our own environment are searched, too. References to secrets and commands
/// are not evaluated. Blocking.
ServerFolders folders_of(const ServerConfig& server, const std::string& home);

/// Returns the folder in which the server runs: its `cwd` or, if that is not set, our working
/// folder. Returns "" if our working folder no longer exists.
std::string working_folder(const ServerConfig& server);

}  // namespace callgate
