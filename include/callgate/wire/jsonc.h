// Turns JSON with comments and trailing commas into plain JSON without moving a byte.
#pragma once

#include <string>

#include "callgate/base/result.h"

namespace callgate {

/// Replaces line and block comments, a byte order mark and trailing commas by spaces, so that
/// offsets stay true. `{,}` stays invalid, and the walk refuses it. Error: "wire.unclosed_comment",
/// with the line.
Status blank_comments(std::string& text);

}  // namespace callgate
