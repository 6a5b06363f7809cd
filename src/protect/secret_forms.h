// The forms in which a known secret may appear when programs encode it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// Returns the value itself and its other forms, each once and none shorter than six bytes. The
/// other forms are: escaped as JSON and as HTML; percent-encoded (fully, and as HTML forms do it);
/// hexadecimal in upper and in lower case; base64 in both alphabets. A value may begin at three
/// different positions within base64, so there is a form for each position. A base64 form has only
/// the characters that the value alone determines.
std::vector<std::string> secret_forms(const std::string& value);

}  // namespace callgate
