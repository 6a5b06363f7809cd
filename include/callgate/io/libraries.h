// The third-party libraries that this directory (io) uses. `callgate doctor` prints them.
#pragma once

#include <string>

namespace callgate {

/// Returns the names and versions of these libraries, separated by ", ".
std::string io_libraries();

}  // namespace callgate
