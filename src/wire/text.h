// The single tokens of JSON by RFC 8259. The walk, the salvager and the writer must agree on them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "callgate/base/text.h"

namespace callgate {

constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// The offset after the longest number that starts at `at`; `at` itself if no number starts there.
size_t number_end(std::string_view text, size_t at);

/// How many characters after the backslash at `at` belong to its escape; 0 if they are no valid
/// escape.
size_t escape_length(std::string_view text, size_t at);
/// The offset of the first backslash, at or after `from` inside a string, that starts no valid
/// escape; npos if there is none.
size_t bad_escape(std::string_view inside, size_t from = 0);
/// Appends the inside of a string with its escapes undone. A lone surrogate becomes U+FFFD. The
/// appended text is never longer than `inside`.
void append_unescaped(std::string& out, std::string_view inside);

struct Utf8Step {
  size_t length;  ///< of a well-formed character, or of the bytes that one U+FFFD replaces
  bool valid;
};
/// Reads one character by Unicode's table 3-7 (no overlong forms, no surrogates). `at` must be
/// inside `text`.
Utf8Step utf8_step(std::string_view text, size_t at);
/// The offset of the first byte that is not UTF-8; npos if all bytes are.
size_t bad_utf8(std::string_view text);

}  // namespace callgate
