// Turns JSON with comments and trailing commas into plain JSON without moving a byte.
#pragma once

#include <string>

#include "callgate/base/result.h"

namespace callgate {

/// Replaces line and block comments, a byte order mark and trailing commas by spaces, so that all
/// offsets stay the same. The comma in `{,}` stays, so that Walker refuses the text. Error:
/// "wire.unclosed_comment", with the line.
Status blank_comments(std::string& text);

}  // namespace callgate
