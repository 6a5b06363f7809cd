// A client's profile in the text of our configuration.
#pragma once

#include <string>

#include "callgate/base/result.h"
#include "callgate/desktop/registration.h"

namespace callgate {

/// The configuration with the profile, or with what the profile has not yet; every other byte stays
/// as it is.
Result<std::string> with_profile(const std::string& config, const ClientProfile& profile);

}  // namespace callgate
