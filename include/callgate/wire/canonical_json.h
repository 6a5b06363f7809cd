// One text for all JSON texts that mean the same.
#pragma once

#include <string>

#include "callgate/wire/message.h"

namespace callgate {

/// Returns the same text for all values that differ only in white space, in the order of members,
/// or in the notation of strings and numbers. The rules are those of RFC 8785, with two exceptions:
/// members are in the order of their UTF-8 bytes, and an integer keeps all its digits, because a
/// program may read larger integers than a double can hold. An absent value gives "".
std::string canonical_json(Value value);

}  // namespace callgate
