// Names the third-party libraries that this folder uses, for support reports.
#pragma once

#include <string>

namespace callgate {

/// Returns their names and versions, separated by ", ".
std::string wire_libraries();

}  // namespace callgate
