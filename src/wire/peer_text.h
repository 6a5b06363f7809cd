// Makes the bytes of a peer's message such that a reader of text lines sees one line: see TextOf.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

/// Of a text that passed the walk: its line ends are outside strings, where they are white space.
void blank_line_ends(std::string& text);

/// Whether it holds U+2028, U+2029 or U+0085 as a character.
bool has_separators(std::string_view text);
/// With these as escapes. They are characters of strings only, so the value stays the same.
std::string escaped_separators(std::string_view text);

}  // namespace callgate
