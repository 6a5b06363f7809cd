// Character classes and lists of RFC 9110 section 5.6.
#pragma once

#include <algorithm>
#include <string_view>

#include "callgate/base/ascii.h"
#include "text.h"

namespace callgate {

inline bool is_space_or_tab(char c) { return c == ' ' || c == '\t'; }

/// True if the text has no control characters except the tab. Does not check bytes beyond ASCII;
/// the code that uses the value must do that.
inline bool is_field_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return !is_control(c) || c == '\t'; });
}

/// Removes the next word from a comma-separated list and returns it without the white space around
/// it. Empty words are returned, too.
inline std::string_view next_of_list(std::string_view& rest) {
  const size_t comma = rest.find(',');
  std::string_view word = rest.substr(0, comma);
  rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  while (!word.empty() && is_space_or_tab(word.front())) word.remove_prefix(1);
  while (!word.empty() && is_space_or_tab(word.back())) word.remove_suffix(1);
  return word;
}

}  // namespace callgate
