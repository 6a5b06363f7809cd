// The ways in which a known value is written where it is passed on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// The value itself, then, each once and none shorter than six bytes: escaped as JSON and as HTML,
/// percent-encoded (all that must be, and as forms do), hexadecimal in both cases, and base64 in
/// both alphabets at each of the three places where it may begin in a longer text. Of the last only
/// the characters that the value alone decides.
std::vector<std::string> secret_forms(const std::string& value);

}  // namespace callgate
