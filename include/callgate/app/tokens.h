// The bearer tokens that HTTP clients send. A token decides whether a client is admitted, and which
// profile applies to it.
//
// The tokens are in two files of the state folder, both with mode 0600. The file `token` contains
// the default token as text. The file `tokens` contains the named tokens, but only their digests:
// {"tokens": [{"name", "profile", "sha256", "created"}]}, where "sha256" is the digest of the
// token's text in 64 hex digits and "created" is RFC 3339.
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

/// Returns a new token: "cg_" and 256 random bits in hex.
std::string new_token();
/// Reads the named tokens. Returns an empty list if the file is missing. Errors:
/// "token.unreadable", "token.mode" (other users may read the file), "token.malformed".
Result<std::vector<NamedToken>> read_named_tokens(const std::string& file);
/// Reads the named tokens, calls `change` on them and replaces the file (0600; its folder is
/// created). A lock keeps other processes from changing the file meanwhile. If `change` returns an
/// error, the file is not changed. Errors: those of `change` and of reading, "token.write".
Status change_named_tokens(const std::string& state_dir,
                           const std::function<Status(std::vector<NamedToken>&)>& change);

/// The owner of the token that a request carries.
struct Principal {
  std::string name;     ///< the token's name (or "default"); "" if no token is required
  std::string profile;  ///< the profile that applies; "" if no profile applies
  bool operator==(const Principal&) const = default;
};

/// All tokens that were valid when the files were last read. Blocks only on small local files.
class Tokens {
 public:
  /// Reads both files, and creates the default token if its file is missing. The folder must exist.
  /// Errors: those of read_named_tokens(), "token.write".
  static Result<Tokens> open(const std::string& state_dir);

  /// Reads the files again if they have changed, and returns true in that case. On an error, the
  /// tokens that were read earlier stay valid.
  Result<bool> refresh();
  /// Returns the owner of a token; empty if the token is not valid. How long this function takes
  /// reveals nothing about valid tokens.
  std::optional<Principal> find(std::string_view token) const;
  /// True if the principal's token is still valid.
  bool knows(const Principal& principal) const;

 private:
  using Stamp = std::array<int64_t, 4>;  // inode, size, time of change (s, ns)
  static Stamp stamp_of(const std::string& file);
  Status read();

  std::string state_dir_;
  Stamp default_stamp_{}, named_stamp_{};
  std::vector<NamedToken> tokens_;
};

}  // namespace callgate
