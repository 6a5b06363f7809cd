// Raw slices of JSON text: finds members and elements without building anything, so that the fake
// server can give back every byte as it came. Trusts its input to be well-formed enough; tests send
// what they like and get what they asked for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace fake {

/// The token of the first member with that key, as it stands; empty when there is none.
std::string_view member(std::string_view object, std::string_view key);
/// member(member(…), …): "params.arguments".
std::string_view at(std::string_view object, std::string_view path);
std::vector<std::string_view> elements(std::string_view array);
/// The characters of a string token; anything else as it stands.
std::string text(std::string_view token);
long number(std::string_view token, long fallback);
/// A string token of these bytes; bytes above 0x7f stay as they are.
std::string quote(std::string_view text);
std::string base64(std::string_view bytes);

}  // namespace fake
