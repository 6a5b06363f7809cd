// Names as readers that ignore case compare them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace callgate {

/// What all spellings have in common that some JSON reader takes for one key: Unicode's simple case
/// folding (Go's encoding/json, .NET, Java), and nothing after a NUL (readers in C). `text` is
/// UTF-8.
std::string folded(std::string_view text);
bool equal_folded(std::string_view a, std::string_view b);

/// For texts of ASCII without a NUL, much faster.
bool equal_ascii_folded(std::string_view a, std::string_view b);
bool is_ascii(std::string_view text);

/// The character at `at` of UTF-8, whose length it adds to `at`. What is no UTF-8 is taken byte by
/// byte.
uint32_t next_character(std::string_view text, size_t& at);

/// Eight characters with 'A'–'Z' as 'a'–'z', every other byte as it is.
constexpr uint64_t lower_ascii_word(uint64_t word) {
  constexpr uint64_t kEach = 0x0101010101010101;
  const uint64_t low = word & (0x7F * kEach);
  const uint64_t from_a = low + (0x80 - 'A') * kEach, past_z = low + (0x7F - 'Z') * kEach;
  const uint64_t upper = (from_a ^ past_z) & ~word & (0x80 * kEach);
  return word | upper >> 2;
}

}  // namespace callgate
