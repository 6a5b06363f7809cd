// Reads numbers that we gave to a peer and that the peer returns: ids of our requests and progress
// tokens.
#pragma once

#include <cstdint>
#include <optional>

#include "callgate/wire/message.h"

namespace callgate {

/// Returns the number that `value` means. Some peers keep ids as text or as floating-point numbers,
/// and answer the id 7 with "7" or 7.0; client libraries accept both. Empty if `value` cannot be a
/// number that we gave.
std::optional<int64_t> returned_number(Value value);

}  // namespace callgate
