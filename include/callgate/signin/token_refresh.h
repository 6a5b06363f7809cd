// Gets a new access token with a refresh token (RFC 6749 section 6), and ends a grant (RFC 7009).
//
// Only one process at a time may refresh a grant, because many servers accept each refresh token
// only once. So the caller must: lock the grant; read it from the store; use it without refreshing
// if its refresh token differs from the one in hand; otherwise refresh, write the new grant to
// disk, and only then unlock. Use an object on one thread.
#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "callgate/signin/grant.h"
#include "callgate/signin/settings.h"
#include "callgate/signin/sign_in.h"
#include "callgate/wire/web.h"

namespace callgate {

/// What to do with the stored values after a refresh that failed.
enum class AfterRefresh {
  Keep,                ///< everything; try again later, and use the access token while it is valid
  Stop,                ///< everything, but do not try again: the settings must be changed first
  DeleteTokens,        ///< the grant; the user must sign in again
  DeleteRegistration,  ///< the grant and the client's registration; the user must sign in again
};

/// Read the stored grant again and call stored(). The server refused the refresh token; perhaps
/// another program has just replaced it.
struct ReadStoreAgain {};
struct RefreshFailed {
  AfterRefresh then = AfterRefresh::Keep;
  SignInError error;
};
/// SignedIn has the grant to store and use.
using RefreshStep = std::variant<SendRequest, ReadStoreAgain, SignedIn, RefreshFailed>;

class TokenRefresh {
 public:
  /// `client` is the client to which the grant was given; `client.auth` is replaced by the grant's.
  /// `server` is the server's name, for messages. `random` is replaced in tests only.
  TokenRefresh(std::string server, Grant grant, ClientIdentity client, Micros now,
               RandomBytes random = random_bytes);
  ~TokenRefresh();

  const RefreshStep& next() const;
  /// Reports the answer to the request, or the error if no answer came. An answer that was lost
  /// leaves unknown whether the server has used up the refresh token, so the same request is
  /// repeated once: servers with a grace period give the new tokens again.
  void answer(const Result<WebAnswer>& answer, Micros now);
  /// Reports what is stored now. May be called only while ReadStoreAgain is next. A grant with
  /// another refresh token is tried once.
  void stored(std::optional<Grant> grant, Micros now);
  const std::vector<SignInTrace>& trace() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Returns the requests that make the server forget the tokens (RFC 7009 section 2.1): first for
/// the refresh token, then for the access token. Returns none if the server has no revocation
/// endpoint. Error: the client's key cannot be used.
Result<std::vector<WebRequest>> revocation_requests(const Grant& grant, ClientIdentity client,
                                                    Micros now, RandomBytes random = random_bytes);
/// Returns why a token may still be valid: "signin.unavailable" or "signin.refused". The stored
/// grant may be deleted in any case. `next` says what the user can do.
Status read_revocation(const WebAnswer& answer);

}  // namespace callgate
