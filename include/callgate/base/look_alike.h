// Compares names as people see them: different characters may look the same.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// Returns the comparison keys of a name. Two names look alike if they have a key in common. Then
/// they differ only in what people overlook: case, similar characters of other alphabets (Cyrillic
/// а for a), marks (é for e), 1, I, | and l, 0 and O, blanks at either end, and characters that are
/// invisible. `name` must be UTF-8.
std::vector<std::string> looks_of(std::string_view name);
bool look_alike(std::string_view a, std::string_view b);

/// True if `text` contains a character that is invisible, ends a line or changes the direction of
/// text, unless some language needs this character in names.
bool has_invisible(std::string_view text);

}  // namespace callgate
