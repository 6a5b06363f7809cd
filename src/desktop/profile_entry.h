// Writes a client's profile into the text of our configuration.
#pragma once

#include <string>

#include "callgate/base/result.h"
#include "callgate/desktop/registration.h"

namespace callgate {

/// Returns the configuration's text with the profile added. If the configuration already has a
/// profile of this name, adds only the rules and servers that are missing in it. Every other byte
/// stays the same.
Result<std::string> with_profile(const std::string& config, const ClientProfile& profile);

}  // namespace callgate
