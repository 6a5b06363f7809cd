// The URIs that programs may take one text for: a rule about resources looks at all of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// The text as it is written, first; with its escapes undone once; and what `new URL()` and RFC
/// 3986 make of either: white space and controls gone, scheme and host in lower case, no user and
/// no empty or default port, `.` and `..` undone (`%2e` is a dot), `\` as `/`. None stands twice.
std::vector<std::string> uri_forms(std::string_view uri);

}  // namespace callgate
