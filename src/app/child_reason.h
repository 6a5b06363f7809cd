// Why a child is gone, in words.
#pragma once

#include <string>

#include "warden_protocol.h"

namespace callgate {

/// "exited with status 1", "was killed by signal 9 (Killed)"; `status` is waitpid's.
std::string end_reason(int status);
/// "could not be started: no such file or directory: npx (child.not_found); …"
std::string start_reason(const WardenReport& report, const std::string& command,
                         const std::string& folder);

}  // namespace callgate
