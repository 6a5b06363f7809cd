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

struct EnvironmentOptions {
  std::string state_dir;  ///< where secrets and a login shell's PATH are kept; empty: nowhere
  LoginPath login_path = LoginPath::Auto;
  /// Variables of ours that are taken as not set, as a client that starts callgate keeps them back.
  std::vector<std::string> withheld = {};
};

/// `${env:NAME}`, `${file:PATH}` (one trailing newline cut), `${cmd:COMMAND}` (by /bin/sh, 10 s, at
/// most 64 KiB, one trailing newline cut; stdin is /dev/null), `${secret:NAME}` (see secrets.h).
/// `$$` is `$`. A reference that gives nothing is an error that names the server, the variable and
/// the reference, never a value ("env.missing", "env.file", "env.command", "secret.…"). Where our
/// own PATH is a poor one, or lacks the command, the child's is that of a login shell, too: asked
/// beside the loop, for five seconds at most. `done` comes on the loop, never from within.
void resolve_environment(Loop& loop, const ServerConfig& server, const EnvironmentOptions& options,
                         std::function<void(Result<ResolvedEnvironment>)> done);

}  // namespace callgate
