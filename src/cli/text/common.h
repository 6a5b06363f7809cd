// The parts that all commands use: the global options, exit codes, and printing to stdout and
// stderr.
#pragma once

#include <string>
#include <string_view>

#include "callgate/base/result.h"
#include "callgate/config/config.h"

namespace callgate {

struct Common {
  std::string config;  ///< --config; empty: the default path
  bool json = false, jsonl = false, quiet = false, verbose = false;
  std::string color = "auto";
};

inline constexpr int kDone = 0, kFailed = 1, kWrongUsage = 2, kNothingFound = 3, kDenied = 4;

/// Writes the text to stdout unchanged.
void print(std::string_view text);
/// Writes JSON and a line end to stdout. Writes characters on which a terminal could act as JSON
/// escapes, so that the value stays the same.
void print_json(std::string_view json);
/// Writes a line to stderr. Characters that are unsafe for a terminal are escaped.
void print_message(std::string_view text);
/// Prints the error to stderr and returns kFailed.
int fail(const Error& error);
/// Prints an error in the command line to stderr and returns kWrongUsage.
int wrong_usage(std::string_view text);
/// Returns "; did you mean 'X'?", or "" if no known word is similar.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

/// Loads the configuration for commands that need a valid configuration. If the configuration has
/// several errors, prints all of them except the last to stderr, and returns the last. A missing
/// file is an error, too.
Result<Config> config_or_errors(const Places& places);
/// Checks that `profile`, the value of --profile, is empty or the name of a configured profile. On
/// an error, the caller must pass the error's message to wrong_usage().
Status known_profile(const Config& config, const std::string& profile);

}  // namespace callgate
