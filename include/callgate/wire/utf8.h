// Repairs texts that should be UTF-8 but may have other bytes.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

/// Returns `text` with U+FFFD in place of bytes that are not UTF-8, as Unicode recommends (chapter
/// 3, "U+FFFD Substitution of Maximal Subparts") and as lenient JSON readers do.
std::string with_replacements(std::string_view text);

}  // namespace callgate
