// Finds the members of a JSON object without building anything. For programs that are measured
// against: it trusts its input, and its cost is one pass over it.
#pragma once

#include <cstddef>
#include <string_view>

namespace bench {

/// The raw value of member `name` of the object that `json` begins with; empty if it has none.
std::string_view member(std::string_view json, std::string_view name);

/// Without the quotes; escapes stay as they are.
inline std::string_view inside_quotes(std::string_view value) {
  return value.size() < 2 ? std::string_view() : value.substr(1, value.size() - 2);
}

}  // namespace bench
