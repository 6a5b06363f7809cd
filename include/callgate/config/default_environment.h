// Lists the variables of callgate's own environment that every server gets, even if its entry does
// not name them.
#pragma once

#include <string>
#include <vector>

namespace callgate {

/// Returns the names of the variables that a child gets by default, if they are set in callgate's
/// environment.
const std::vector<std::string>& default_environment();
/// Returns the names of the variables that decide how remote servers are reached: proxies, and
/// files with certificates of authorities. If several names have one meaning, the first that is set
/// counts; for http://, only the name in small letters, because a web server sets HTTP_PROXY from a
/// request.
const std::vector<std::string>& network_environment();

}  // namespace callgate
