// The characters of a text one by one, and how a terminal treats each.
#pragma once

#include <cstdint>
#include <string_view>

namespace callgate {

struct Character {
  uint32_t code = 0;
  size_t size = 1;    ///< in bytes
  bool valid = true;  ///< false: `code` is one byte that is not valid UTF-8
};
/// Returns the first character. The text must not be empty.
Character first_character(std::string_view text);
/// Whether a terminal would act on the character, or a person would not see it.
bool is_unsafe(uint32_t code);
/// Returns the width in columns: 0, 1 or 2. Ranges approximate how current terminals draw East
/// Asian wide characters and emoji; that is exact enough to align a table.
size_t width_of(uint32_t code);

}  // namespace callgate
