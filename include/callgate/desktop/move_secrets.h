// Removes secrets from our configuration: replaces each secret in plain text by a reference to a
// stored secret.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "callgate/desktop/server_import.h"

namespace callgate {

struct MovedSecret {
  std::string server, variable;
  std::string secret;  ///< the name under which the caller must store the secret
  std::string value;
};

/// Returns the name under which a secret will be stored.
using SecretNamer = std::function<std::string(
    const std::string& server, const std::string& variable, const std::string& value)>;

struct MovedSecrets {
  std::string text;  ///< the new text of the configuration; only the values of moved secrets differ
  std::vector<MovedSecret> moved;
  /// Secrets that can't be moved, because they are in arguments or in a value that also has a
  /// reference. Each element has the form "SERVER: PLACE".
  std::vector<std::string> left;
};
/// Moves the secrets in the environments of these servers, or of all servers if `servers` is empty.
/// The text must be a configuration without errors.
MovedSecrets move_secrets(const std::string& text, const std::vector<std::string>& servers,
                          const SecretHider& hide, const SecretNamer& name);

}  // namespace callgate
