// Compares names as programs do that ignore case.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace callgate {

/// Returns the same text for all spellings of a key that some JSON reader treats as one key. It
/// applies Unicode's simple case folding, because Go's encoding/json, .NET and Java may ignore
/// case, and cuts the text at the first NUL, because readers in C do so. `text` must be UTF-8.
std::string folded(std::string_view text);
bool equal_folded(std::string_view a, std::string_view b);

/// Returns the same as equal_folded(), but is much faster. Both texts must be ASCII without a NUL.
bool equal_ascii_folded(std::string_view a, std::string_view b);
bool is_ascii(std::string_view text);

/// Decodes the UTF-8 character at the offset `at` and moves `at` past it. If the text is not valid
/// UTF-8 there, the returned number means nothing, but `at` still moves by at least one byte and
/// never past the end.
uint32_t next_character(std::string_view text, size_t& at);

/// Turns 'A'–'Z' into 'a'–'z' in eight characters that are packed into one word. Every other byte
/// stays as it is. (`upper` has the bit 0x80 in each byte that is a capital. Shifted by two, it is
/// 0x20, the bit in which a capital and its small letter differ.)
constexpr uint64_t lower_ascii_word(uint64_t word) {
  constexpr uint64_t kEach = 0x0101010101010101;
  const uint64_t low = word & (0x7F * kEach);
  const uint64_t from_a = low + (0x80 - 'A') * kEach, past_z = low + (0x7F - 'Z') * kEach;
  const uint64_t upper = (from_a ^ past_z) & ~word & (0x80 * kEach);
  return word | upper >> 2;
}

}  // namespace callgate
