// Builds a child's environment from three sources: a short default list of variables, the variables
// that `env_pass` names, and the variables of `env`, in which references are resolved.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/config/config.h"
#include "callgate/gate/workspace.h"
#include "callgate/io/loop.h"
#include "callgate/policy/policy.h"
#include "callgate/remote/http_loop.h"

namespace callgate {

struct ResolvedEnvironment {
  std::vector<std::string> env;  ///< "NAME=value"; for a remote server empty
  /// For a remote server: its URL and the fields of each request.
  std::string url;
  std::vector<std::pair<std::string, std::string>> headers;
  SignInConfig sign_in;
  WebNetwork network;
  /// A pair {variable, value} for each value that a reference gave, and for each value whose
  /// variable is named like a secret.
  std::vector<std::pair<std::string, std::string>> secrets;
  ServerFolders folders;  ///< where the server may look for a relative path
};

struct EnvironmentOptions {
  std::string state_dir;  ///< the folder of secrets and of a login shell's stored PATH
  std::string home;       ///< our user's home folder
  LoginPath login_path = LoginPath::Auto;
  std::string user_agent = "callgate";  ///< for requests to remote servers
  /// Variables of our environment that count as not set. With this, `callgate doctor` finds out
  /// which environment a server would get if a client started callgate without these variables.
  std::vector<std::string> withheld = {};
};

/// Builds the environment of `server`, or the URL and the headers of a remote server, from the
/// variables of `workspace`. `env` may contain the references `${env:NAME}`, `${file:PATH}`,
/// `${cmd:COMMAND}` (run by /bin/sh with /dev/null as stdin) and `${secret:NAME}` (see secrets.h);
/// `$$` is `$`. Reading a file or running a command may take 10 s and give 64 KiB; one newline at
/// the end is removed. If a reference gives no value, the result is an error
/// ("env.missing", "env.file", "env.command", "secret.…"). The error names the server, the variable
/// (or the header, the URL or the key of `auth`) and the reference, but never contains a value.
///
/// If the workspace's PATH is poor (see is_poor_path()), or the server's command is not found in
/// it, the child's PATH also gets the folders of a login shell's PATH. The shell runs for at most
/// five seconds, on another thread than the loop's. `done` is called on the loop, never from within
/// this function.
void resolve_environment(Loop& loop, const ServerConfig& server, const WorkspacePtr& workspace,
                         const EnvironmentOptions& options,
                         std::function<void(Result<ResolvedEnvironment>)> done);

}  // namespace callgate
