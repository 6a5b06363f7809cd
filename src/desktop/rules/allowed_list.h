// Edits the list of allowed servers: some clients start only those servers that a list in their
// settings names.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

/// Returns the text of the client's file. Our entry's name is added to each list of allowed servers
/// that is not empty.
std::string with_name_allowed(const std::string& text, std::string_view client,
                              std::string_view name);
/// Removes our entry's name from these lists again. The text may have changed since the name was
/// added.
std::string without_name_allowed(const std::string& text, std::string_view client,
                                 std::string_view name);

}  // namespace callgate
