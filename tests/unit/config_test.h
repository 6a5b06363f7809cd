// Helpers for the tests of the configuration.
#pragma once

#include <doctest/doctest.h>

#include <string>

#include "callgate/config/config.h"

namespace callgate {

inline LoadedConfig parsed(const std::string& text) {
  return parse_config(text, "config.json", "/home/me");
}

/// Parses a file that has this policy, and the servers `fs` and `github`.
inline LoadedConfig with_policy(const std::string& policy) {
  return parsed(
      R"({"mcpServers": {"fs": {"command": "a"}, "github": {"command": "b"}}, "policy": )" +
      policy + "}");
}

/// Returns the errors of the whole file and those of single servers.
inline std::vector<ConfigError> all_errors(const LoadedConfig& loaded) {
  std::vector<ConfigError> all = loaded.errors;
  all.insert(all.end(), loaded.broken.begin(), loaded.broken.end());
  return all;
}

/// Returns "CODE message; next" of the only error. If there is not exactly one, returns their
/// number and list.
inline std::string only_error(const LoadedConfig& loaded) {
  const std::vector<ConfigError> errors = all_errors(loaded);
  if (errors.size() == 1) {
    const Error& error = errors[0];
    return error.code + " " + error.message + "; " + error.next;
  }
  std::string all = std::to_string(errors.size()) + " errors:";
  for (const Error& error : errors) all += "\n" + error.code + " " + error.message;
  return all;
}

inline bool has_error(const LoadedConfig& loaded, const std::string& part) {
  for (const Error& error : all_errors(loaded))
    if ((error.code + " " + error.message + "; " + error.next).find(part) != std::string::npos)
      return true;
  return false;
}

}  // namespace callgate
