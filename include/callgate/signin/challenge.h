// What a server says when it refuses a request without a suitable token: the challenges of
// WWW-Authenticate (RFC 9110 section 11.6.1), and what they mean for an MCP client.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "callgate/wire/web.h"

namespace callgate {

/// One challenge. Scheme and names of parameters are in small letters. A challenge has either
/// parameters, whose values are without quotes and escapes, or a token68.
struct Challenge {
  std::string scheme, token68;
  std::vector<std::pair<std::string, std::string>> parameters;

  std::optional<std::string_view> parameter(std::string_view name) const;
  bool operator==(const Challenge&) const = default;
};

inline constexpr size_t kLargestChallenges = size_t{16} << 10;  ///< bytes of one field
inline constexpr size_t kMostChallenges = 32;
inline constexpr size_t kMostChallengeParameters = 64;

/// Reads all challenges of one field. Accepts two common mistakes: a missing comma between
/// parameters, and a value without quotes that needs them. Ends at the first other mistake, and
/// leaves out the challenge that has it; a challenge that names a parameter twice is such a
/// mistake. A field that exceeds a limit has no challenges.
std::vector<Challenge> parse_challenges(std::string_view field);

/// Returns a server's text in a form that may be shown: without control characters and characters
/// that hide or reorder text, and at most 300 bytes long.
std::string cleaned_text(std::string_view text);

/// Scopes in the order in which they were named, none of them twice.
using Scopes = std::vector<std::string>;
/// Reads a list with spaces between its items (RFC 6749 section 3.3). Leaves out items with other
/// characters than the RFC allows, and everything after the first 100 items or 4 KiB.
Scopes read_scopes(std::string_view text);
std::string scope_text(const Scopes& scopes);
/// Returns the scopes of `a`, then those of `b` that are not in `a`.
Scopes all_scopes(const Scopes& a, const Scopes& b);

/// What an answer to an MCP request demands.
struct SignInDemand {
  enum class Kind {
    None,         ///< the answer has nothing to do with signing in
    SignIn,       ///< a token is missing, or the server does not accept it (any more)
    MoreScopes,   ///< the token is valid, but the request needs more scopes
    Denied,       ///< the server refuses the request, and signing in again would not help
    OtherScheme,  ///< the server wants authentication, but not by Bearer tokens
  };
  Kind kind = Kind::None;
  /// The URL of the protected-resource metadata (RFC 9728 section 5.1), as the server wrote it;
  /// empty if the server named none.
  std::string resource_metadata;
  Scopes scopes;
  /// The server's error code and description (RFC 6750 section 3), as the server wrote them. They
  /// are not trusted: show them only after cleaned_text().
  std::string error, error_description;
};

/// Reads all WWW-Authenticate fields of an answer. 401 and 403 are judged by their challenges. 400
/// counts as a demand to sign in if it has a Bearer challenge, or a JSON body with the error
/// "invalid_token", because some servers answer in this way to an expired token.
SignInDemand read_demand(const WebAnswer& answer);

}  // namespace callgate
