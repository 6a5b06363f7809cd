// Decodes the escapes of JSON, and repairs texts that should be UTF-8 but may have other bytes.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

/// Returns `text` with U+FFFD in place of bytes that are not UTF-8, as Unicode recommends (chapter
/// 3, "U+FFFD Substitution of Maximal Subparts") and as lenient JSON readers do.
std::string with_replacements(std::string_view text);

/// Appends the text between the quotes of a JSON string with its escapes decoded. A lone surrogate
/// becomes U+FFFD. `inside` may be cut anywhere: a part of an escape at its end is left out, with
/// everything after it. The appended text is never longer than `inside`.
void append_unescaped(std::string& out, std::string_view inside);

}  // namespace callgate
