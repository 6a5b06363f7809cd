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
/// What follows the last slash: `b` of `/a/b`, `b` of `b`.
std::string_view base_name(std::string_view path);
/// A shell by the name of its program: bash, /bin/sh …
bool is_shell(std::string_view program);

}  // namespace callgate
