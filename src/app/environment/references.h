// Reads the value of a reference (`${…}`) in a server's `env`. Blocking, so not for the loop's
// thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/base/time.h"

namespace callgate {

constexpr Millis kReferenceLimit{10'000};
constexpr size_t kReferenceBytes = 64 * 1024;

using VariableLookup = std::function<const std::string*(const std::string& name)>;

/// Where the values of references come from.
struct ReferenceSources {
  VariableLookup lookup;  ///< looks up a variable of our own environment
  /// The environment of the commands in ${cmd:…}. If empty, they get our own environment.
  std::optional<std::vector<std::string>> command_env;
  std::string state_dir;  ///< for ${secret:…}
  /// The folder in which commands run and in which relative paths of files begin. If empty, our own
  /// working folder.
  std::string folder;
};

/// Returns the value of `reference`, the text between `${` and `}`. The value is never empty.
/// Errors name the reference, never a value.
Result<std::string> read_reference(const std::string& reference, const ReferenceSources& sources);

}  // namespace callgate
