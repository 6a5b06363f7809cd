// Classes of characters, by ASCII rules in every locale.
#pragma once

#include <string_view>

#include "callgate/base/text.h"

namespace callgate {

inline bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
inline bool is_word(char c) { return is_digit(c) || is_letter(c); }
inline bool is_hex(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'); }
inline bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

/// True if `text` begins with `lowered`, ignoring the case of `text`.
inline bool begins(std::string_view text, std::string_view lowered) {
  if (text.size() < lowered.size()) return false;
  for (size_t i = 0; i < lowered.size(); ++i)
    if (lower(text[i]) != lowered[i]) return false;
  return true;
}

}  // namespace callgate
