// Names as people see them, for whom different characters look the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// Keys of a name: two names look alike if they have one in common. They then differ at most by
/// case, by characters of other alphabets or with marks (а for a, é for e), by 1, I, | and l or 0
/// and O, by blanks at their ends, and by what draws nothing. `name` is UTF-8.
std::vector<std::string> looks_of(std::string_view name);
bool look_alike(std::string_view a, std::string_view b);

/// Characters that draw nothing, end a line or turn the order of others, and that no language's
/// names need.
bool has_invisible(std::string_view text);

}  // namespace callgate
