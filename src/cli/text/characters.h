// Splits a text into characters, and knows how a terminal treats each character.
#pragma once

#include <cstdint>
#include <string_view>

namespace callgate {

struct Character {
  uint32_t code = 0;
  size_t size = 1;    ///< in bytes
  bool valid = true;  ///< false: `code` is one byte that is not valid UTF-8
};
/// Returns the first character of the text, which must not be empty.
Character first_character(std::string_view text);
/// Returns true if a terminal could act on the character, or if a person would not see it.
bool is_unsafe(uint32_t code);
/// Returns the character's width in columns: 0, 1 or 2. The widths of East Asian wide characters
/// and emoji are those that most current terminals use, which is exact enough to align a table.
size_t width_of(uint32_t code);

}  // namespace callgate
