// Finds the PATH that a login shell of the user would have. If Finder, launchd or a desktop started
// the gate, programs that the user has installed are not found in the gate's own PATH. Blocking, so
// not for the loop's thread.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "callgate/base/time.h"

namespace callgate {

inline constexpr Millis kShellLimit{5'000};  ///< the limit for the shell and its start files
/// The time limit for the whole lookup. It is longer than kShellLimit, because we may have to wait
/// for another gate that runs the same shell.
inline constexpr Millis kLoginPathLimit{12'000};

struct LoginPathRequest {
  std::string own_path;  ///< the PATH that this process was started with
  std::string home;
  std::string shell;             ///< $SHELL; if empty, the shell of the user's account is used
  std::string state_dir;         ///< the shell's answer is kept there for a day, if not empty
  std::vector<std::string> env;  ///< the environment of the shell, as "NAME=value"
  /// Looks up a variable of our environment.
  std::function<std::optional<std::string>(const std::string&)> variable;
  std::chrono::seconds now{};  ///< the present time, since the Unix epoch
  Millis limit = kShellLimit;
};

/// Returns a PATH of these folders, in this order: those of our own PATH, those that only the login
/// shell's PATH has, and existing folders of version managers and package managers. Never fails: if
/// the shell hangs, exits or does not exist, its folders are missing.
std::string login_path(const LoginPathRequest& request);

/// Runs the shell and returns its PATH; empty if the shell did not print it. Ignores everything
/// else that the shell's start files print.
std::optional<std::string> ask_shell(const LoginPathRequest& request);

/// Returns the existing folders in which the user's version managers and package managers put
/// programs.
std::vector<std::string> well_known_folders(const LoginPathRequest& request);

}  // namespace callgate
