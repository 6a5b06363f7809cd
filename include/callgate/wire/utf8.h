// Repairs bytes that should be UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

/// `text` with U+FFFD in place of what is not UTF-8, as Unicode recommends (chapter 3, "U+FFFD
/// Substitution of Maximal Subparts") and as lenient JSON readers do.
std::string with_replacements(std::string_view text);

}  // namespace callgate
