// The third-party libraries that this room uses, for support.
#pragma once

#include <string>

namespace callgate {

/// Names and versions, separated by ", ".
std::string store_libraries();

}  // namespace callgate
