// Cuts a JSON text that is too large for the record. Each long value is shortened, so that a caller
// cannot hide a later value from the record by putting a long one before it.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

/// Returns at most `limit` bytes of `json`, which must be valid JSON. Shortens long strings and
/// numbers to their head and tail, as little as needed; the result is then still valid JSON. If
/// that is not enough because there are too many small values, cuts the whole text to its head and
/// tail. In place of omitted text there is its number of bytes.
std::string cut_json(std::string_view json, size_t limit);

/// Returns at most `limit` (256 or more) bytes of UTF-8. A longer text becomes its head and tail,
/// the number of bytes left out, and the first 16 digits of its digest. Thanks to the digest,
/// different texts stay different.
std::string cut_text(std::string_view text, size_t limit);

}  // namespace callgate
