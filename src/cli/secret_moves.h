// Secrets that leave plain text for `callgate secret`: what they are called, and that all of them
// are kept before a file refers to them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "callgate/desktop/move_secrets.h"
#include "common.h"

namespace callgate {

/// SERVER.VARIABLE, with a number where another value has that name already. Remembers what it has
/// given away.
SecretNamer secret_namer(const Places& places);

/// Those kept by keep(), which are forgotten again if what was to refer to them did not come about.
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

/// "    GITHUB_TOKEN of github: ${secret:github.GITHUB_TOKEN}", a line each.
std::string moved_text(const std::vector<MovedSecret>& moved);

}  // namespace callgate
