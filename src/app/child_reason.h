// Says in words why a child is gone.
#pragma once

#include <string>

#include "warden_protocol.h"

namespace callgate {

/// Returns "exited with status 1" or "was killed by signal 9 (Killed)"; `status` is from waitpid.
std::string end_reason(int status);
/// Returns "could not be started: no such file or directory: npx, in none of /usr/bin:/bin
/// (child.not_found); …". `path` is the PATH in which a bare name was looked for.
std::string start_reason(const WardenReport& report, const std::string& command,
                         const std::string& folder, const std::string& path);

}  // namespace callgate
