// Returns the third-party libraries that this folder uses. Support reports contain them.
#pragma once

#include <string>

namespace callgate {

/// Returns the names and versions of the libraries, separated by ", ".
std::string wire_libraries();

}  // namespace callgate
