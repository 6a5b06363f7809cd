// The workspace of a client: the folder in which the client works, and its environment. Children
// run in the folder of their clients and get variables of their clients' environment.
#pragma once

#include <map>
#include <memory>
#include <string>

namespace callgate {

struct Workspace {
  std::string folder;  ///< absolute
  std::map<std::string, std::string, std::less<>> variables;
};

/// nullptr: the working folder and the environment of the gate process itself.
using WorkspacePtr = std::shared_ptr<const Workspace>;

}  // namespace callgate
