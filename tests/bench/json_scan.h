// Finds the members of a JSON object without building anything. It is for the benchmark's own
// programs: it trusts its input, and takes one pass over it.
#pragma once

#include <cstddef>
#include <string_view>

namespace bench {

/// Returns the raw value of the member `name` of the object at the start of `json`, or an empty
/// text if there is none.
std::string_view member(std::string_view json, std::string_view name);

/// Returns the value without its quotes. Escapes stay unchanged.
inline std::string_view inside_quotes(std::string_view value) {
  return value.size() < 2 ? std::string_view() : value.substr(1, value.size() - 2);
}

}  // namespace bench
