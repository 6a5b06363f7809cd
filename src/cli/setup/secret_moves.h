// Helps to move secrets from plain text to the store of `callgate secret`: chooses names for the
// secrets, and stores all of the secrets before a file refers to them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "callgate/desktop/move_secrets.h"
#include "cli/text/common.h"

namespace callgate {

/// Returns a function that names a secret SERVER.VARIABLE. The function appends a number if a
/// secret with another value has this name already. That secret may be in the store, or the
/// function may have named it earlier.
SecretNamer secret_namer(const Places& places);

/// Stores secrets. Unless settle() is called, the destructor removes the secrets that were new. So
/// no new secret is left over if the change of the file fails.
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

/// Returns one line per secret: "    GITHUB_TOKEN of github: ${secret:github.GITHUB_TOKEN}".
std::string moved_text(const std::vector<MovedSecret>& moved);

}  // namespace callgate
