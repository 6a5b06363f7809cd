// Splits the names of tools and arguments into words, and compares names however their words are
// joined.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace callgate {

/// True if `word` is one of `words`.
template <size_t N>
bool has(const std::string_view (&words)[N], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

/// The words in lower case: at most eight words of 24 letters, of the name's first 96 bytes.
struct Words {
  std::array<std::string, 8> word;
  size_t count = 0;

  template <size_t N>
  bool any_of(const std::string_view (&words)[N]) const {
    for (size_t i = 0; i < count; ++i)
      if (has(words, word[i])) return true;
    return false;
  }
};
Words words_of(std::string_view name);

/// A name without "_", "-" and ".", in lower case: file_path, filePath and file-path are the same.
struct FoldedName {
  std::array<char, 48> bytes;
  size_t size = 0;
  size_t last_word = 0;  ///< where the last word begins; 0 if the name is one word

  std::string_view text() const { return {bytes.data(), size}; }
};
/// Returns an empty name if `name` has more than 64 bytes, or more than 48 without separators.
FoldedName folded_name(std::string_view name);

}  // namespace callgate
