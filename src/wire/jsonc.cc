#include "callgate/wire/jsonc.h"

#include <algorithm>
#include <string_view>

#include "callgate/base/ascii.h"
#include "text.h"

namespace callgate {

namespace {

/// Replaces [begin, end) by spaces but keeps line breaks, so that not only offsets but also line
/// numbers stay the same.
void blank(std::string& text, size_t begin, size_t end) {
  for (size_t i = begin; i < end; ++i) {
    if (text[i] != '\n' && text[i] != '\r') text[i] = ' ';
  }
}

/// Returns the offset after the string whose opening quote is at `at`. If the string is not closed,
/// returns the end of the text; then Walker will report the error.
size_t string_end(const std::string& text, size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return std::min(at + 1, text.size());
}

/// Returns the offset after the comment that starts at `at`. Returns npos if it is a block comment
/// that is not closed. Returns `at` if no comment starts there.
size_t comment_end(const std::string& text, size_t at) {
  const char second = at + 1 < text.size() ? text[at + 1] : '\0';
  if (second == '/') return std::min(text.find_first_of("\r\n", at), text.size());
  if (second != '*') return at;
  const size_t close = text.find("*/", at + 2);
  return close == std::string::npos ? close : close + 2;
}

}  // namespace

Status blank_comments(std::string& text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  size_t at = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  blank(text, 0, at);
  char before = '\0', last = '\0';  // the last two characters outside white space and comments
  size_t last_at = 0;
  while (at < text.size()) {
    const char c = text[at];
    size_t end = at + 1;
    if (c == '/' && (end = comment_end(text, at)) != at) {
      if (end == std::string::npos) {
        const auto line =
            1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n');
        return Error{"wire.unclosed_comment",
                     "the comment that starts in line " + std::to_string(line) + " is not closed",
                     "close it with */"};
      }
      blank(text, at, end);
      at = end;
      continue;
    }
    end = c == '"' ? string_end(text, at) : at + 1;
    if (!is_blank(c)) {
      const bool follows_value =
          before != '\0' && before != '{' && before != '[' && before != ',' && before != ':';
      if (last == ',' && (c == '}' || c == ']') && follows_value) text[last_at] = ' ';
      before = last;
      last = c;
      last_at = at;
    }
    at = end;
  }
  return {};
}

}  // namespace callgate
