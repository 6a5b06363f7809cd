// Puts into words why a child could not be started or has ended.
#pragma once

#include <string>

#include "warden_protocol.h"

namespace callgate {

/// Returns for example "could not be started: no such file or directory: npx, in none of
/// /usr/bin:/bin (child.not_found); …". `path` is the PATH in which `command` was looked up if it
/// has no slash.
std::string start_reason(const WardenReport& report, const std::string& command,
                         const std::string& folder, const std::string& path);

}  // namespace callgate
