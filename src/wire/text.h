// Reads numbers, escapes and UTF-8 characters by RFC 8259. Grammar, salvage_id() and JsonWriter
// share these functions, so that they agree.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace callgate {

/// Returns the offset after the longest number that starts at `at`; `at` itself if no number starts
/// there.
size_t number_end(std::string_view text, size_t at);

/// Returns the length of the escape whose backslash is at `at`, without the backslash; 0 if the
/// escape is not valid.
size_t escape_length(std::string_view text, size_t at);
/// Returns the offset of the first backslash, at or after `from`, whose escape is not valid; npos
/// if all escapes are valid. `inside` is the text between a string's quotes.
size_t bad_escape(std::string_view inside, size_t from = 0);
struct Utf8Step {
  /// The number of bytes of a valid character. For bytes that are not valid, the number of bytes
  /// that one U+FFFD replaces.
  size_t length;
  bool valid;
};
/// Reads one character by Unicode's table 3-7 (no overlong forms, no surrogates). `at` must be
/// inside `text`.
Utf8Step utf8_step(std::string_view text, size_t at);
/// Returns the offset of the first byte that is not UTF-8; npos if all bytes are.
size_t bad_utf8(std::string_view text);

}  // namespace callgate
