// Small things that every room does with text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// What the C locale calls white space.
inline constexpr std::string_view kWhiteSpace = " \t\r\n\v\f";

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
/// The small letter of an ASCII capital; any other byte as it is.
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
std::string joined(const std::vector<std::string>& words, std::string_view between = ", ");
/// Without what stands around it of these characters.
std::string_view trimmed(std::string_view text, std::string_view blanks = " \t\r\n");
/// A Unicode scalar value, or a surrogate as if it were one; the caller knows that it is no more
/// than 0x10FFFF.
void append_utf8(std::string& out, uint32_t c);

/// 0 … 15; -1 for what is no hexadecimal digit.
int hex_digit(char c);

}  // namespace callgate
