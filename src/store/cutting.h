// Cuts a JSON text that is too large for the record, in such a way that no value can hide after a
// long one.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

/// Returns at most `limit` bytes. Shortens long strings and numbers to their head and tail, as
/// little as needed; the result is then still valid JSON. A text of too many small values is cut to
/// its own head and tail. In place of what is left out there is its number of bytes. `json` must be
/// valid JSON.
std::string cut_json(std::string_view json, size_t limit);

/// Returns at most `limit` (256 or more) bytes of UTF-8: head and tail, the number of bytes left
/// out, and the first 16 digits of the digest. So equal texts stay equal, and different texts stay
/// different.
std::string cut_text(std::string_view text, size_t limit);

}  // namespace callgate
