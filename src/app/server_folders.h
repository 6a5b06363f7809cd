// Where a server may look for a relative path: the folders of its configuration.
#pragma once

#include <string>

#include "callgate/config/config.h"
#include "callgate/policy/policy.h"

namespace callgate {

/// The absolute folders in its arguments and environment (`/a`, `~/a`, `--root=/a`, `/a:/b`,
/// `["/a"]`, `file:///a`, and `../a` under its working folder), the first 64. Values of our own
/// environment that it gets count; secrets and commands are not evaluated. Blocking.
ServerFolders folders_of(const ServerConfig& server, const std::string& home);

/// Where it runs: its `cwd`, else ours; "" if ours is gone.
std::string working_folder(const ServerConfig& server);

}  // namespace callgate
