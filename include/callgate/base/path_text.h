// Paths and file: URIs as text: no file is touched.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

bool is_file_uri(std::string_view text);
/// `%41` → `A`, once. A `%` that starts no escape stays.
std::string percent_decoded(std::string_view text);
/// "." and ".." undone, slashes single, none at the end.
std::string lexical_path(std::string_view path);

}  // namespace callgate
