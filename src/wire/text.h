// The tokens of JSON by RFC 8259, one at a time: what the walk, the salvager and the writer must
// agree on.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "callgate/base/text.h"

namespace callgate {

constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// The offset behind the longest number that starts at `at`; `at` itself if none does.
size_t number_end(std::string_view text, size_t at);

/// The characters behind a backslash, which stands at `at`: their count without the backslash, 0 if
/// they are no escape.
size_t escape_length(std::string_view text, size_t at);
/// The offset of the first backslash in a string's inside, from `from` on, that starts no escape;
/// npos if there is none.
size_t bad_escape(std::string_view inside, size_t from = 0);
/// Undoes the escapes of a string's inside. A surrogate without its other half becomes U+FFFD.
/// Never grows.
void append_unescaped(std::string& out, std::string_view inside);

struct Utf8Step {
  size_t length;  ///< of a well-formed character, or of the bytes that one U+FFFD stands for
  bool valid;
};
/// One character by Unicode's table 3-7 (no overlong forms, no surrogates); `at` is inside `text`.
Utf8Step utf8_step(std::string_view text, size_t at);
/// The offset of the first byte that is not UTF-8; npos if all is.
size_t bad_utf8(std::string_view text);

}  // namespace callgate
