// The PATH that a login shell would have. A gate that Finder, launchd or a desktop started has a
// poor one, in which nothing is found that a person installed. Blocking; for working threads.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "callgate/base/time.h"

namespace callgate {

inline constexpr Millis kShellLimit{5'000};  ///< of the shell, its start files included
/// Of all of it: another gate may be asking the same shell.
inline constexpr Millis kLoginPathLimit{12'000};

struct LoginPathRequest {
  std::string own_path;  ///< what we came with
  std::string home;
  std::string shell;             ///< $SHELL; empty: the one of the user's account
  std::string state_dir;         ///< where the answer is kept for a day; empty: it is not
  std::vector<std::string> env;  ///< of the shell: "NAME=value"
  std::function<std::optional<std::string>(const std::string&)> variable;  ///< of our environment
  std::chrono::seconds now{};                                              ///< wall clock
  Millis limit = kShellLimit;
};

/// Our own PATH first, then what the shell adds, then the folders of version managers and the like
/// that exist. Never fails: a shell that hangs, exits or is none adds nothing.
std::string login_path(const LoginPathRequest& request);

/// The shell's PATH; none: it did not say. Its start files may print what they like.
std::optional<std::string> ask_shell(const LoginPathRequest& request);

/// Folders where programs of version managers are, those that exist.
std::vector<std::string> well_known_folders(const LoginPathRequest& request);

}  // namespace callgate
