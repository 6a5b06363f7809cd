// The workspace of a client: the folder in which the client works, and the client's environment. A
// child runs in the server's `cwd` or, without one, in the folder of the client for which the
// server first got a number (server_registry.h), and gets variables of that client's environment.
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
