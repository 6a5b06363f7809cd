// Splits a name into words: read_file, readFile, read-file.
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

}  // namespace callgate
