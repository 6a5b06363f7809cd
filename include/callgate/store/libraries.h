// The third-party libraries that the store uses, for the report of `callgate doctor`.
#pragma once

#include <string>

namespace callgate {

/// Names and versions, separated by ", ".
std::string store_libraries();

}  // namespace callgate
