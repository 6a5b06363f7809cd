// Small things that every room does with text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace callgate {

std::string joined(const std::vector<std::string>& words, std::string_view between = ", ");
/// Without what stands around it of these characters.
std::string_view trimmed(std::string_view text, std::string_view blanks = " \t\r\n");
/// A Unicode scalar value, or a surrogate as if it were one; the caller knows that it is no more
/// than 0x10FFFF.
void append_utf8(std::string& out, uint32_t c);

/// 0 … 15; -1 for what is no hexadecimal digit.
int hex_digit(char c);

}  // namespace callgate
