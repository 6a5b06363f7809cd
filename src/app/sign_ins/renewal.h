// Renews a grant, or signs in without a person, once for all processes.
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "callgate/app/sign_ins.h"
#include "callgate/io/lifetime.h"
#include "callgate/io/loop.h"
#include "callgate/remote/fetch.h"
#include "callgate/remote/http_loop.h"
#include "callgate/signin/token_refresh.h"
#include "grant_lock.h"

namespace callgate {

/// The rules for the requests of a sign-in. Their addresses come from answers, so they may lead to
/// private networks only if the server itself is there.
FetchRules sign_in_fetch_rules(const std::string& server_url, const WebRequest& request);

/// Returns whether the client signs in by itself, so that no person is needed.
bool signs_in_alone(const SignInConfig& config);

/// What is true after a renewal.
struct RenewalEnd {
  /// What is stored now, or would be if it could be written: with a new grant, or with the reason
  /// why a person must sign in. Nullopt if nothing is stored.
  std::optional<StoredSignIn> stored;
  /// Why the grant was not renewed, although it may be tried again. Then `stored` is unchanged.
  std::optional<SignInError> failed;
};

/// Destroying it cancels the renewal. Used on the loop's thread.
class Renewal {
 public:
  enum class Purpose {
    Renew,
    /// Only waits until no other process renews the grant, and returns what is stored then.
    Look,
  };
  using Done = std::function<void(RenewalEnd)>;
  /// `in_hand` is the sign-in that the caller has used. It has a grant with a refresh token, unless
  /// the client signs in alone. If another process has stored a different grant, that one is the
  /// result. `done` is called once, never from within this function.
  Renewal(Loop& loop, HttpLoop& http, SignInStore store, SignInTarget target, StoredSignIn in_hand,
          Purpose purpose, Done done);

 private:
  void take_lock();
  void look_again();
  void begin();
  void step();
  void step_of_sign_in();
  void send(const SendRequest& order);
  void read_again();
  void renewed(const Grant& grant);
  void failed(const RefreshFailed& failure);
  void not_signed_in(const SignInError& error);
  void keep(StoredSignIn sign_in, bool forget_client);
  void finish(RenewalEnd end);

  Loop& loop_;
  HttpLoop& http_;
  SignInStore store_;
  SignInTarget target_;
  StoredSignIn in_hand_;
  Purpose purpose_;
  Done done_;
  Timer timer_;
  Millis waited_{};
  std::shared_ptr<GrantLock> lock_;
  std::vector<ClientRegistration> registrations_;
  std::unique_ptr<TokenRefresh> refresh_;
  std::unique_ptr<SignIn> sign_in_;  ///< instead of refresh_, if no person is needed
  std::unique_ptr<Fetch> fetch_;
  Lifetime lifetime_;
};

}  // namespace callgate
