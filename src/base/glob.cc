#include "callgate/base/glob.h"

#include <cstddef>

namespace callgate {

namespace {

/// Returns how many bytes the UTF-8 character at the front has; 1 for a byte that is not UTF-8.
size_t character_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const size_t length = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  for (size_t i = 1; i < length; ++i)
    if (i >= text.size() || (static_cast<unsigned char>(text[i]) & 0xc0) != 0x80) return 1;
  return length;
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) {
  // After a mismatch, only the last star needs to match more characters. The earlier stars can keep
  // their shortest matches.
  size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = ++p;
      resume = t;
      if (p == pattern.size()) return true;
    } else if (p < pattern.size() && pattern[p] == '?') {
      ++p;
      t += character_length(text.substr(t));
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star;
      t = resume += character_length(text.substr(resume));
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace callgate
