// One text for all JSON texts that mean the same.
#pragma once

#include <string>

#include "callgate/wire/message.h"

namespace callgate {

/// Returns the same text for all values that differ only in white space, in the order of members,
/// or in the notation of strings and numbers. The rules are those of RFC 8785, with two exceptions:
/// members are in the order of their UTF-8 bytes, and a number keeps all its digits if it has more
/// than a double can hold, because a program may read it as another type. An absent value gives "".
std::string canonical_json(Value value);

}  // namespace callgate
