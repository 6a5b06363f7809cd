// Writes callgate's own entry for a client's file as JSON.
#pragma once

#include <string>

#include "callgate/desktop/registration.h"

namespace callgate {

/// Returns callgate's own entry for a client's file of this format.
std::string entry_json(const OwnEntry& entry, const ClientApp& client, ConfigFormat format);

}  // namespace callgate
