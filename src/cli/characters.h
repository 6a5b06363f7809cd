// Characters of a text one by one, and what a terminal makes of each.
#pragma once

#include <cstdint>
#include <string_view>

namespace callgate {

struct Character {
  uint32_t code = 0;
  size_t size = 1;    ///< bytes taken
  bool valid = true;  ///< false: one byte that is not UTF-8
};
/// The first character; the text must not be empty.
Character first_character(std::string_view text);
/// A terminal would obey it, or a person would not see it.
bool is_unsafe(uint32_t code);
/// 0, 1 or 2. East Asian Width and emoji as terminals of today draw them, by ranges: good enough to
/// align a table.
size_t width_of(uint32_t code);

}  // namespace callgate
