// Why a child is gone, in words.
#pragma once

#include <string>

#include "warden_protocol.h"

namespace callgate {

/// "exited with status 1", "was killed by signal 9 (Killed)"; `status` is waitpid's.
std::string end_reason(int status);
/// "could not be started: no such file or directory: npx, in none of /usr/bin:/bin
/// (child.not_found); …"; `path` is the PATH that a bare name was looked for in.
std::string start_reason(const WardenReport& report, const std::string& command,
                         const std::string& folder, const std::string& path);

}  // namespace callgate
