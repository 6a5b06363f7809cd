// What a reference in a server's environment stands for. Blocking; runs on a working thread.
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

/// Where values come from.
struct ReferenceSources {
  VariableLookup lookup;                                ///< of our own environment
  std::optional<std::vector<std::string>> command_env;  ///< for ${cmd:}; none: our own
  std::string state_dir;                                ///< for ${secret:}
};

/// `reference` as between `${` and `}`. Never empty. Errors name the reference, never a value.
Result<std::string> read_reference(const std::string& reference, const ReferenceSources& sources);

}  // namespace callgate
