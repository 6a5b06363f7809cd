// Raw slices of JSON text: finds members and elements without building anything, so that the fake
// server can return every byte unchanged. The input is assumed to be well-formed, because tests
// control it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fake {

/// Returns the token of the first member with that key, with its bytes, or "" if there is none.
std::string_view member(std::string_view object, std::string_view key);
/// Returns member(member(…), …) for a path such as "params.arguments".
std::string_view at(std::string_view object, std::string_view path);
std::vector<std::string_view> elements(std::string_view array);
/// Returns the characters of a string token, or another token unchanged.
std::string text(std::string_view token);
long number(std::string_view token, long fallback);
/// Returns a string token of these bytes. Bytes above 0x7f stay unchanged.
std::string quote(std::string_view text);
std::string base64(std::string_view bytes);

}  // namespace fake
