// Moves secrets from plain text to `callgate secret`: chooses their names, and stores all of them
// before a file refers to them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "callgate/desktop/move_secrets.h"
#include "common.h"

namespace callgate {

/// Returns a function that names secrets SERVER.VARIABLE. It adds a number if another value has
/// that name already, in the store or in an earlier call.
SecretNamer secret_namer(const Places& places);

/// Stores secrets, and removes the new ones again in the destructor unless settle() was called. So
/// none is left over when the change of the file fails.
class KeptSecrets {
 public:
  explicit KeptSecrets(Places places) : places_(std::move(places)) {}
  ~KeptSecrets();
  KeptSecrets(const KeptSecrets&) = delete;
  Status keep(const std::vector<MovedSecret>& moved);
  void settle() { fresh_.clear(); }

 private:
  Places places_;
  std::vector<std::string> fresh_;
};

/// One line per secret: "    GITHUB_TOKEN of github: ${secret:github.GITHUB_TOKEN}".
std::string moved_text(const std::vector<MovedSecret>& moved);

}  // namespace callgate
