// Finds the PATH that a login shell would have. A gate that Finder, launchd or a desktop started
// has a poor PATH, in which no program is found that a user installed. Blocking; for working
// threads.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "callgate/base/time.h"

namespace callgate {

inline constexpr Millis kShellLimit{5'000};  ///< for the shell, including its start files
/// For the whole lookup, because another gate may be asking the same shell.
inline constexpr Millis kLoginPathLimit{12'000};

struct LoginPathRequest {
  std::string own_path;  ///< the PATH that this process was started with
  std::string home;
  std::string shell;             ///< $SHELL; empty: the shell of the user's account
  std::string state_dir;         ///< where the answer is kept for a day; empty: it is not kept
  std::vector<std::string> env;  ///< the environment of the shell, as "NAME=value"
  /// Looks up a variable of our environment.
  std::function<std::optional<std::string>(const std::string&)> variable;
  std::chrono::seconds now{};  ///< wall clock
  Millis limit = kShellLimit;
};

/// Returns our own PATH, then the folders that the shell adds, then the folders of version managers
/// and the like that exist. Never fails: a shell that hangs, exits or does not exist adds nothing.
std::string login_path(const LoginPathRequest& request);

/// Returns the shell's PATH; empty if the shell did not print it. The start files of the shell may
/// print anything.
std::optional<std::string> ask_shell(const LoginPathRequest& request);

/// Returns the folders where version managers and the like put programs, if they exist.
std::vector<std::string> well_known_folders(const LoginPathRequest& request);

}  // namespace callgate
