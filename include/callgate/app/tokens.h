// Bearer tokens of HTTP clients: who may come in, and with which profile.
//
// Two files of the state folder, both 0600. `token` holds the default token as text. `tokens` holds
// the named ones, digests only: {"tokens": [{"name", "profile", "sha256", "created"}]}, where
// sha256 is 64 hex digits of the token's text and created is RFC 3339.
#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/digest.h"
#include "callgate/base/result.h"

namespace callgate {

struct NamedToken {
  std::string name, profile;
  Digest sha256{};
  std::string created;
};

std::string default_token_file(const std::string& state_dir);
std::string named_tokens_file(const std::string& state_dir);

/// "cg_" and 256 random bits.
std::string new_token();
/// A missing file holds none. Errors: "token.unreadable", "token.mode" (others may read it),
/// "token.malformed".
Result<std::vector<NamedToken>> read_named_tokens(const std::string& file);
/// Reads them, has `change` change them and replaces the file (0600; its folder is made), while no
/// other process does the same. What `change` refuses leaves the file. Errors: its own, those of
/// reading, "token.write".
Status change_named_tokens(const std::string& state_dir,
                           const std::function<Status(std::vector<NamedToken>&)>& change);

/// Whose token a request showed.
struct Principal {
  std::string name;     ///< the token's; "default" for the default one, "" without tokens
  std::string profile;  ///< "": none
  bool operator==(const Principal&) const = default;
};

/// All valid tokens, as the files have them. Blocking, but only on small local files.
class Tokens {
 public:
  /// Makes the default token if there is none. The folder must exist. Errors: as above.
  static Result<Tokens> open(const std::string& state_dir);

  /// True when the files were read anew because they have changed. On an error what was read last
  /// stays valid.
  Result<bool> refresh();
  /// Takes the same time whichever token it is.
  std::optional<Principal> find(std::string_view token) const;
  /// That principal's token is still valid.
  bool knows(const Principal& principal) const;

 private:
  using Stamp = std::array<int64_t, 4>;  // inode, size, time of change
  static Stamp stamp_of(const std::string& file);
  Status read();

  std::string state_dir_;
  Stamp default_stamp_{}, named_stamp_{};
  std::vector<NamedToken> tokens_;
};

}  // namespace callgate
