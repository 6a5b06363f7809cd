// Which variables a server gets without being named.
#pragma once

#include <string>
#include <vector>

namespace callgate {

/// Names that every child gets when we have them.
const std::vector<std::string>& default_environment();

}  // namespace callgate
