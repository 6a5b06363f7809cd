// The forms in which a known secret may appear when programs encode it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// Returns the value itself and its other forms, each once and none shorter than six bytes: escaped
/// as JSON and as HTML, percent-encoded (fully, and as HTML forms do), hexadecimal in upper and in
/// lower case, and base64 in both alphabets at each of the three positions where it may begin in a
/// longer text. A base64 form has only the characters that the value alone determines.
std::vector<std::string> secret_forms(const std::string& value);

}  // namespace callgate
