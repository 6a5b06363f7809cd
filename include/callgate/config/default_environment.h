// Lists the variables of callgate's own environment that every server gets, even if its entry does
// not name them.
#pragma once

#include <string>
#include <vector>

namespace callgate {

/// Returns the names of the variables that a child gets by default, if they are set in callgate's
/// environment.
const std::vector<std::string>& default_environment();

}  // namespace callgate
