// Finds the folders in which a server may look for a relative path: those in its configuration.
#pragma once

#include <string>

#include "callgate/config/config.h"
#include "callgate/policy/policy.h"

namespace callgate {

/// Returns the first 64 absolute folders in the server's arguments and environment (`/a`, `~/a`,
/// `--root=/a`, `/a:/b`, `["/a"]`, `file:///a`, and `../a` under its working folder). Values that
/// it gets from our own environment count; secrets and commands are not evaluated. Blocking.
ServerFolders folders_of(const ServerConfig& server, const std::string& home);

/// Returns the folder in which the server runs: its `cwd`, else ours; "" if ours no longer exists.
std::string working_folder(const ServerConfig& server);

}  // namespace callgate
