// Paths and file: URIs as text. Nothing here accesses a file.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

bool is_file_uri(std::string_view text);
/// Decodes each percent escape (`%41` becomes `A`). The result is not decoded a second time. A `%`
/// that does not begin a valid escape stays.
std::string percent_decoded(std::string_view text);
/// Resolves "." and ".." by the text alone (without following links), merges repeated slashes and
/// drops a slash at the end.
std::string lexical_path(std::string_view path);
/// Returns the part after the last slash: `b` for `/a/b` and for `b`.
std::string_view base_name(std::string_view path);
/// True if `program` is the name or the path of a shell: bash, /bin/sh …
bool is_shell(std::string_view program);

}  // namespace callgate
