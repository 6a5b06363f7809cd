// Cuts a JSON text that is too large for the record, so that nothing can hide after a long value.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

/// At most `limit` bytes. Each long string and number is shortened to its head and tail, as little
/// as needed; the result is then valid JSON still. A text of too many small values keeps its own
/// head and tail. What is left out is counted in its place. `json` is valid JSON.
std::string cut_json(std::string_view json, size_t limit);

/// At most `limit` bytes of UTF-8 (256 or more): head and tail, the count, and the digest's first 16
/// digits, so that equal texts stay equal and others differ.
std::string cut_text(std::string_view text, size_t limit);

}  // namespace callgate
