// Writes a client's profile into the text of our configuration.
#pragma once

#include <string>

#include "callgate/base/result.h"
#include "callgate/desktop/registration.h"

namespace callgate {

/// Returns the configuration's text with the profile added. If the profile is there already, adds
/// the rules and servers that it lacks. Every other byte stays the same.
Result<std::string> with_profile(const std::string& config, const ClientProfile& profile);

}  // namespace callgate
