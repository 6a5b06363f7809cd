// Base64 (RFC 4648): the standard alphabet with padding, and the URL-safe alphabet without padding,
// which JSON Web Tokens and PKCE use.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace callgate {

/// Returns the value of a digit of the standard alphabet, 0 to 63, or -1 for any other character.
int base64_digit(char c);
std::string base64(std::string_view bytes);
std::string base64url(std::string_view bytes);
/// Returns nullopt if the text is not valid: it must have padding and no other characters. Bits
/// that the last digit has beyond the last byte are ignored.
std::optional<std::string> base64_decoded(std::string_view text);
/// Like base64_decoded(), for the URL-safe alphabet. The text must have no padding.
std::optional<std::string> base64url_decoded(std::string_view text);

}  // namespace callgate
