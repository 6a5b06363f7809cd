// The third-party libraries of this room, for support.
#pragma once

#include <string>

namespace callgate {

/// With their versions, separated by ", ".
std::string io_libraries();

}  // namespace callgate
