// Which of our own variables a server gets even if its entry does not name them.
#pragma once

#include <string>
#include <vector>

namespace callgate {

/// The names of these variables. A child gets those that are set in our environment.
const std::vector<std::string>& default_environment();

}  // namespace callgate
