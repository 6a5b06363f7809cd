// Replaces secrets that are in our configuration in plain text by references.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "callgate/desktop/takeover.h"

namespace callgate {

struct MovedSecret {
  std::string server, variable;
  std::string secret;  ///< the name of the secret from now on
  std::string value;
};

/// Returns the name for a secret.
using SecretNamer = std::function<std::string(
    const std::string& server, const std::string& variable, const std::string& value)>;

struct MovedSecrets {
  std::string text;  ///< of the configuration; every other byte is unchanged
  std::vector<MovedSecret> moved;
  /// Secrets that can't be moved, because they are in arguments or in a value that also has a
  /// reference. Each is "SERVER: where".
  std::vector<std::string> left;
};
/// Moves the secrets in the environments of these servers, or of all servers if `servers` is empty.
/// The text must be a configuration without errors.
MovedSecrets move_secrets(const std::string& text, const std::vector<std::string>& servers,
                          const SecretHider& hide, const SecretNamer& name);

}  // namespace callgate
