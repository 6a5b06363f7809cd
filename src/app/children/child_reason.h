// Explains why a child could not be started.
#pragma once

#include <string>

#include "callgate/base/result.h"
#include "warden_protocol.h"

namespace callgate {

/// Returns for example child.not_found with the message "could not be started: no such file or
/// directory: npx, in none of /usr/bin:/bin". `path` is the PATH in which `command` was looked up
/// if it has no slash.
Error start_error(const WardenReport& report, const std::string& command, const std::string& folder,
                  const std::string& path);

}  // namespace callgate
