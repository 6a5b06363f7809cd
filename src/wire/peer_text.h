// Changes a peer's message so that a reader of text lines reads it as one line: see TextOf.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

/// Replaces line breaks by spaces. `text` must have passed the walk, so that its line breaks are
/// outside strings, where they are white space.
void blank_line_ends(std::string& text);

/// True if it has U+2028, U+2029 or U+0085 as a character.
bool has_separators(std::string_view text);
/// Replaces these characters by escapes. They can only be inside strings, so the value stays the
/// same.
std::string escaped_separators(std::string_view text);

}  // namespace callgate
