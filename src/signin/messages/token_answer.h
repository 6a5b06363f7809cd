// Answers of token endpoints (RFC 6749 section 5).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "breach.h"
#include "callgate/signin/settings.h"
#include "callgate/wire/web.h"
#include "shown.h"

namespace callgate {

struct NewTokens {
  Secret access, refresh;
  std::optional<std::chrono::seconds> life;  // at most kLongestLife; nullopt if it is unknown
  std::optional<Scopes> granted;             // nullopt if the server granted what was requested
};
/// The server refused, in a redirect if `status` is 0. `error` is its code, which may be empty.
/// Both texts have no secrets any more, but are not trusted otherwise.
struct TokenRefusal {
  int status = 0;
  std::string error, description;
  /// Returns `400 invalid_grant: "…"`.
  std::string text() const;
};
using TokenAnswer = std::variant<NewTokens, TokenRefusal, Breach>;

/// Reads an answer to a request for tokens. Some servers refuse with a status of success and a
/// member `error`. NewTokens in the answer are added to `secrets`. `type` is the token_type that is
/// wanted.
TokenAnswer read_token_answer(const WebAnswer& answer, std::string_view type,
                              KnownSecrets& secrets);
/// Reads a refusal of any other endpoint that answers as token endpoints do.
TokenRefusal read_refusal(const WebAnswer& answer, const KnownSecrets& secrets);

/// Returns the grant after a request for tokens. `grant` has its key and the requested scopes.
Grant granted(Grant grant, NewTokens tokens, Micros now);

}  // namespace callgate
