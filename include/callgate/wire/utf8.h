// Bytes that should be UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

/// `text` with U+FFFD for what is not UTF-8, as Unicode recommends (chapter 3, "U+FFFD Substitution
/// of Maximal Subparts") and as JSON readers that are lenient do.
std::string with_replacements(std::string_view text);

}  // namespace callgate
