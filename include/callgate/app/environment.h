// Builds a child's environment from a short default list, the variables that env_pass names, and
// env with its references resolved.
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
  /// {variable, value} of each value that came from a reference, or whose variable is named like a
  /// secret.
  std::vector<std::pair<std::string, std::string>> secrets;
};

struct EnvironmentOptions {
  std::string state_dir;  ///< where secrets and a login shell's PATH are kept; empty: nowhere
  LoginPath login_path = LoginPath::Auto;
  /// Variables of our environment that are treated as not set, because a client that starts
  /// callgate does not pass them on.
  std::vector<std::string> withheld = {};
};

/// Builds the environment of `server`. `env` may contain the references `${env:NAME}`,
/// `${file:PATH}`, `${cmd:COMMAND}` (run by /bin/sh with /dev/null as stdin) and `${secret:NAME}`
/// (see secrets.h); `$$` is `$`. Files and commands may take 10 s and give 64 KiB; one trailing
/// newline is cut. A reference that gives no value is an error that names the server, the variable
/// and the reference, never a value ("env.missing", "env.file", "env.command", "secret.…").
///
/// If our own PATH is a poor one (is_poor_path) or lacks the command, the child also gets the
/// folders of a login shell's PATH. The shell is asked on another thread, for at most five seconds.
/// `done` is called on the loop, never from within this function.
void resolve_environment(Loop& loop, const ServerConfig& server, const EnvironmentOptions& options,
                         std::function<void(Result<ResolvedEnvironment>)> done);

}  // namespace callgate
