// The third-party libraries of this room, for support.
#pragma once

#include <string>

namespace callgate {

/// With their versions, separated by ", ".
std::string store_libraries();

}  // namespace callgate
