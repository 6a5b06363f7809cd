// The third-party libraries that this directory (base) uses. `callgate doctor` prints them.
#pragma once

#include <string>

namespace callgate {

/// Returns the names and versions of these libraries, separated by ", ".
std::string base_libraries();

}  // namespace callgate
