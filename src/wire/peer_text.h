// Changes a peer's message so that every program that reads line by line takes the message for one
// line. See TextOf.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

/// Replaces line breaks by spaces. `text` must be valid JSON. Then all line breaks are outside
/// strings, and are only white space.
void blank_line_ends(std::string& text);

/// True if the text has U+2028, U+2029 or U+0085 as a character (not as an escape).
bool has_separators(std::string_view text);
/// Replaces U+2028, U+2029 and U+0085 by escapes. In valid JSON, these characters can only be
/// inside strings, so the values stay the same.
std::string escaped_separators(std::string_view text);

}  // namespace callgate
