// Edits the list of allowed servers: some clients start only those servers that a list in their
// settings names.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

/// Returns the text of that client's file with our entry's name in every such list that has names.
std::string with_name_allowed(const std::string& text, std::string_view client,
                              std::string_view name);
/// Removes our entry's name again, from a text that has changed since.
std::string without_name_allowed(const std::string& text, std::string_view client,
                                 std::string_view name);

}  // namespace callgate
