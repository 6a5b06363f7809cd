// The variables of an environment by name.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace callgate {

using Variables = std::map<std::string, std::string, std::less<>>;

/// Adds "NAME=value". Ignores a text that is not of this form.
void add_variable(Variables& all, std::string_view variable);
/// Returns a copy of our own environment. Called on the loop's thread, or before the loop exists,
/// because other threads must not read the environment while it may change.
Variables own_variables();

}  // namespace callgate
