// Reads numbers that we gave to a peer and that the peer returns: ids of our requests and progress
// tokens.
#pragma once

#include <cstdint>
#include <optional>

#include "callgate/wire/message.h"

namespace callgate {

/// Returns the number that `value` means. Some peers keep ids as text or as floating-point numbers,
/// and answer 7 with "7" or 7.0; client libraries accept both. Empty if it cannot be a number of
/// ours.
std::optional<int64_t> number_given_back(Value value);

}  // namespace callgate
