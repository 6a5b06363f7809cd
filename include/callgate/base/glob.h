// The one kind of wildcards in rules, lists of tools and filters of the history.
#pragma once

#include <string_view>

namespace callgate {

/// Returns true if `pattern` matches the whole text. `*` matches any run of characters, and `?` one
/// character of UTF-8, or one byte that is not UTF-8; every other character matches itself. For a
/// given pattern, the time is linear in the text.
bool glob_matches(std::string_view pattern, std::string_view text);

}  // namespace callgate
