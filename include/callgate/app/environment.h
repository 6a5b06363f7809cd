// A child's environment: a short default list, what env_pass names, and env with its references
// resolved.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/config/config.h"
#include "callgate/io/loop.h"

namespace callgate {

struct ResolvedEnvironment {
  std::vector<std::string> env;  ///< "NAME=value"
  std::vector<std::pair<std::string, std::string>>
      secrets;  ///< {variable, value}: what came by reference, or from a name that tells
};

/// `${env:NAME}`, `${file:PATH}` (one trailing newline cut), `${cmd:COMMAND}` (by /bin/sh, 10 s, at
/// most 64 KiB, one trailing newline cut; stdin is /dev/null). `$$` is `$`. A reference that gives
/// nothing is an error that names the server, the variable and the reference, never a value
/// ("env.missing", "env.file", "env.command"). `done` comes on the loop, never from within.
void resolve_environment(Loop& loop, const ServerConfig& server,
                         std::function<void(Result<ResolvedEnvironment>)> done);

/// Names that every child gets when we have them.
const std::vector<std::string>& default_environment();

}  // namespace callgate
