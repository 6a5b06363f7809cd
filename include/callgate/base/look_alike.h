// Compares names as people see them: different characters may look the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// Returns the keys of a name. Two names look alike if they share a key. Such names differ at most
/// in case, in characters of other alphabets or with marks (а for a, é for e), in 1, I, | and l or
/// 0 and O, in blanks at their ends, and in characters that draw nothing. `name` must be UTF-8.
std::vector<std::string> looks_of(std::string_view name);
bool look_alike(std::string_view a, std::string_view b);

/// True if `text` has characters that draw nothing, end a line or change the direction of others,
/// and that no language needs in names.
bool has_invisible(std::string_view text);

}  // namespace callgate
