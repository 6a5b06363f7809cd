// The path of our own binary.
#pragma once

#include <string>

namespace callgate {

/// Returns the absolute path of the program file of this process.
std::string self_path();

}  // namespace callgate
