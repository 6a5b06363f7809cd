// What every command gets: the global options, exit codes, and the doors to stdout and stderr.
#pragma once

#include <string>
#include <string_view>

#include "callgate/base/result.h"
#include "callgate/config/config.h"

namespace callgate {

struct Common {
  std::string config;  ///< --config; empty: the usual place
  bool json = false, jsonl = false, quiet = false, verbose = false;
  std::string color = "auto";
};

inline constexpr int kDone = 0, kFailed = 1, kWrongUsage = 2, kNothingFound = 3, kDenied = 4;

/// To stdout, as it is.
void print(std::string_view text);
/// JSON to stdout with a line end. Characters that a terminal could obey are written as JSON
/// escapes: the same value.
void print_json(std::string_view json);
/// A line on stderr, with `text` made visible.
void say(std::string_view text);
/// The error on stderr, and kFailed.
int fail(const Error& error);
/// What is wrong with the command line, on stderr, and kWrongUsage.
int wrong_usage(std::string_view text);
/// "; did you mean 'X'?" or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

/// The configuration for commands that cannot work with half of one: every error is told.
/// A missing file is an error too.
Result<Config> config_or_errors(const Places& places);
/// Is the value of --profile a profile, or empty? The error's message is for wrong_usage().
Status known_profile(const Config& config, const std::string& profile);

}  // namespace callgate
