// Where our own binary lies.
#pragma once

#include <string>

namespace callgate {

/// Absolute.
std::string self_path();

}  // namespace callgate
