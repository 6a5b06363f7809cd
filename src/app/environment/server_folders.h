// Finds the folders in which a server may look for a relative path: the folders that its
// configuration mentions.
#pragma once

#include <functional>
#include <string>

#include "callgate/config/config.h"
#include "callgate/policy/policy.h"

namespace callgate {

/// Returns the first 64 absolute folders in the server's arguments and environment (`/a`, `~/a`,
/// `--root=/a`, `/a:/b`, `["/a"]`, `file:///a`, and `../a` under its working folder). The variables
/// that `env_pass` names are searched, too; `variable` returns the value of a variable, or "".
/// References to secrets and commands are not evaluated. Blocking.
ServerFolders folders_of(const ServerConfig& server, const std::string& home,
                         const std::function<std::string(const std::string& name)>& variable);
/// Returns the value of a variable of our own environment, or "" if it is not set.
std::string own_variable(const std::string& name);

/// Returns the folder in which the server runs: its `cwd` or, if that is not set, our working
/// folder. Returns "" if our working folder no longer exists.
std::string working_folder(const ServerConfig& server);

}  // namespace callgate
