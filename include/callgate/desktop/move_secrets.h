// Secrets that stand in our configuration in plain text, put behind references.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "callgate/desktop/takeover.h"

namespace callgate {

struct MovedSecret {
  std::string server, variable;
  std::string secret;  ///< its name from now on
  std::string value;
};

/// What a secret shall be called.
using SecretNamer = std::function<std::string(
    const std::string& server, const std::string& variable, const std::string& value)>;

struct MovedSecrets {
  std::string text;  ///< of the configuration; every other byte is as it was
  std::vector<MovedSecret> moved;
  /// Those that can't be: in arguments, or in a value beside a reference. "SERVER: where".
  std::vector<std::string> left;
};
/// In the environments of these servers; none: of all. The text must be a configuration without
/// errors.
MovedSecrets move_secrets(const std::string& text, const std::vector<std::string>& servers,
                          const SecretHider& hide, const SecretNamer& name);

}  // namespace callgate
