// Compares names as readers that ignore case do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace callgate {

/// The common form of all spellings that some JSON reader treats as one key: Unicode's simple case
/// folding (Go's encoding/json, .NET, Java), cut at the first NUL (readers in C). `text` must be
/// UTF-8.
std::string folded(std::string_view text);
bool equal_folded(std::string_view a, std::string_view b);

/// Much faster than equal_folded(). Both texts must be ASCII without a NUL.
bool equal_ascii_folded(std::string_view a, std::string_view b);
bool is_ascii(std::string_view text);

/// Decodes the UTF-8 character at `at` and moves `at` past it. Invalid UTF-8 is read byte by byte.
uint32_t next_character(std::string_view text, size_t& at);

/// Turns 'A'–'Z' into 'a'–'z' in a word of eight characters. Every other byte stays as it is.
constexpr uint64_t lower_ascii_word(uint64_t word) {
  constexpr uint64_t kEach = 0x0101010101010101;
  const uint64_t low = word & (0x7F * kEach);
  const uint64_t from_a = low + (0x80 - 'A') * kEach, past_z = low + (0x7F - 'Z') * kEach;
  const uint64_t upper = (from_a ^ past_z) & ~word & (0x80 * kEach);
  return word | upper >> 2;
}

}  // namespace callgate
