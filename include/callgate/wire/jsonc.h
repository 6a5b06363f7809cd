// JSON with comments and trailing commas, made plain JSON without moving a byte.
#pragma once

#include <string>

#include "callgate/base/result.h"

namespace callgate {

/// Line and block comments, a byte order mark and trailing commas become spaces, so offsets stay
/// true. `{,}` stays wrong for the walk to refuse. Error "wire.unclosed_comment" with the line.
Status blank_comments(std::string& text);

}  // namespace callgate
