// Small text functions that all parts of the program use.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// White space as the C locale defines it.
inline constexpr std::string_view kWhiteSpace = " \t\r\n\v\f";

bool contains(const std::vector<std::string>& texts, std::string_view text);
std::string joined(const std::vector<std::string>& words, std::string_view between = ", ");
/// Returns `text` without those characters at its beginning and end that are in `blanks`.
std::string_view trimmed(std::string_view text, std::string_view blanks = " \t\r\n");
/// Appends `c` as UTF-8. Encodes a surrogate like any other number, although that is not valid
/// UTF-8. The caller ensures that `c` is at most 0x10FFFF.
void append_utf8(std::string& out, uint32_t c);

}  // namespace callgate
