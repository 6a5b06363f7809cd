// The path of our own binary.
#pragma once

#include <string>

namespace callgate {

/// Returns an absolute path.
std::string self_path();

}  // namespace callgate
