// Classes and case of characters by the rules of ASCII, whatever the locale. A byte beyond ASCII
// belongs to no class and has no case.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace callgate {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
constexpr bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
constexpr bool is_letter(char c) { return is_lower(c) || is_upper(c); }
constexpr bool is_letter_or_digit(char c) { return is_letter(c) || is_digit(c); }
/// True for the white space of JSON.
constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
constexpr bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == '\x7F'; }

constexpr char lower(char c) { return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr char upper(char c) { return is_lower(c) ? static_cast<char>(c - 'a' + 'A') : c; }

/// Returns the value of a hexadecimal digit, 0 to 15, or -1 if `c` is not a hexadecimal digit.
constexpr int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  return lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
}
constexpr bool is_hex_digit(char c) { return hex_digit(c) >= 0; }

/// True for a character of a token (RFC 9110, 5.6.2), such as the name of an HTTP field.
constexpr bool is_token_character(char c) {
  return is_letter_or_digit(c) ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
/// True for a token: at least one such character, and no others.
constexpr bool is_token(std::string_view text) {
  for (const char c : text)
    if (!is_token_character(c)) return false;
  return !text.empty();
}

/// Returns `text` in small letters.
std::string lowered(std::string_view text);
bool equal_ignoring_case(std::string_view a, std::string_view b);
/// Returns true if `text` begins with `front`, ignoring case.
bool begins_ignoring_case(std::string_view text, std::string_view front);
/// Returns the offset of the first `wanted` in `text`, ignoring case; npos if there is none.
size_t find_ignoring_case(std::string_view text, std::string_view wanted);

}  // namespace callgate
