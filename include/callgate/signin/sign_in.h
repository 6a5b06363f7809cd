// Signs in to a remote MCP server with OAuth 2.1, as MCP 2026-07-28 and earlier describe it under
// "Authorization". The object decides what to ask and judges the answers; it performs no request,
// opens no browser, and reads no clock. Use it on one thread.
//
// The caller looks at next(), does what it says, reports the result with answer(), redirected() or
// time_passed(), and looks at next() again, until it is SignedIn or SignInError.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "callgate/base/digest.h"
#include "callgate/signin/grant.h"
#include "callgate/signin/settings.h"
#include "callgate/wire/web.h"

namespace callgate {

/// One step that was done. No member has a secret, or the query of a URL.
struct SignInTrace {
  std::string step;   ///< such as "resource metadata"
  std::string asked;  ///< such as "GET https://host/.well-known/oauth-protected-resource"
  std::string came;   ///< such as "404"
  std::string rule;   ///< the rule that was broken, such as "RFC 8414 section 3.3"; may be empty
  bool failed = false;
};

/// Why a sign-in ended. The message and the trace have no secret.
struct SignInError {
  /// The code is one of:
  /// "signin.unavailable"    no connection, 429 or 5xx; trying later may help
  /// "signin.rule"           an answer breaks a rule of a specification, which `at.rule` names
  /// "signin.malformed"      an answer cannot be read, or it is too large
  /// "signin.refused"        the server refused a request
  /// "signin.denied"         the user refused
  /// "signin.expired"        nobody signed in in time
  /// "signin.client_needed"  the server wants a client that a person has registered
  /// "signin.not_needed"     the server asks for no sign-in
  /// "signin.settings"       the settings cannot be used
  Error error;
  SignInTrace at;
  /// How long the server wants to be left alone (see retry_after()).
  std::optional<std::chrono::seconds> retry_after;
};

/// Perform this request and call answer(). Requests other than GET must not follow redirects. A GET
/// may follow three, each to a URL that may be asked as well. The request may contain secrets, so
/// it must not be logged.
struct SendRequest {
  WebRequest request;
};
/// Open `url` in the user's browser, or show it. Call redirected() when the browser asks for
/// `redirect_uri`, and time_passed() at `until`.
struct OpenBrowser {
  std::string url;
  std::string redirect_uri;
  Micros until{};
};
/// Show `url` and `user_code` to the user, who opens the URL on any device and types the code. Call
/// time_passed() at `poll_at`, and again whenever this step is next with a later `poll_at`.
struct ShowCode {
  std::string url, user_code;
  std::string complete_url;  ///< contains the code; may be empty; open it only if the user asks
  Micros poll_at{}, until{};
};
struct SignedIn {
  Grant grant;
};
using SignInStep = std::variant<SendRequest, OpenBrowser, ShowCode, SignedIn, SignInError>;

class SignIn {
 public:
  /// `random` is replaced in tests only.
  SignIn(SignInStart start, Micros now, RandomBytes random = random_bytes);
  ~SignIn();
  SignIn(SignIn&&) noexcept;
  SignIn& operator=(SignIn&&) noexcept;

  /// Returns what the caller must do next. The reference is valid until the next call of a function
  /// that is not const.
  const SignInStep& next() const;

  /// Reports the answer to the request of SendRequest, or the error if no answer came. May be
  /// called only while SendRequest is next.
  void answer(const Result<WebAnswer>& answer, Micros now);
  /// Reports the query of a request for the redirect URI (the part after the `?`). Returns false if
  /// the query does not belong to this sign-in, or comes too late or a second time; it is then
  /// ignored. May be called at any time.
  bool redirected(std::string_view query, Micros now);
  /// Like redirected(), with the whole URL that the user copied from the browser's address bar.
  /// Also returns false for a URL other than the redirect URI.
  bool pasted(std::string_view url, Micros now);
  /// May be called at any time. Ends a step that lasted too long; polls for the user's answer.
  void time_passed(Micros now);

  /// The issuer of the authorization server that was chosen; empty before.
  const std::string& issuer() const;
  /// The steps so far, without secrets. The last one is incomplete while its answer is awaited.
  const std::vector<SignInTrace>& trace() const;
  /// The client that was registered during this sign-in. Store it even if the sign-in fails later,
  /// so that the next sign-in need not register again.
  const std::optional<ClientRegistration>& registered() const;
  /// Issuers and redirect URIs of stored registrations that are not valid any more. Delete these
  /// before storing registered().
  const std::vector<std::pair<std::string, std::string>>& outdated() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Counts how often each operation of one server led to an authorization for more scopes. MCP
/// 2026-07-28 wants clients to limit this, so that a server that is never satisfied makes no loop.
class StepUps {
 public:
  static constexpr int kMost = 3;
  static constexpr size_t kMostOperations = 1000;  ///< the oldest is forgotten then
  /// Counts one authorization for this operation, such as "tools/call NAME". Returns false if there
  /// were kMost already.
  bool begin(const std::string& operation);
  /// Forgets the operation, because it succeeded.
  void succeeded(const std::string& operation);

 private:
  std::vector<std::pair<std::string, int>> counts_;
};

}  // namespace callgate
