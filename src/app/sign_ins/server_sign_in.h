// The sign-in of one child with a remote server: which token its requests carry.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "callgate/app/sign_ins.h"
#include "callgate/io/lifetime.h"
#include "callgate/io/loop.h"
#include "callgate/remote/http_loop.h"
#include "callgate/remote/remote_server.h"
#include "renewal.h"

namespace callgate {

struct ServerSignInEvents {
  /// Gets each token before it is first sent, because it must not reach the record.
  std::function<void(const Grant&)> on_grant;
  /// A person must sign in, although the session has begun already.
  std::function<void()> on_required;
};

/// Reads the sign-in again whenever the store has changed, so that a login or logout on the command
/// line takes effect at once. It opens no browser and asks nobody: if a person must sign in, the
/// requests fail with the command to type. Used on the loop's thread. Callbacks of
/// ServerSignInEvents are called from within authorize() and refused(), or later, and must not
/// destroy this object.
class ServerSignIn final : public Authorizer {
 public:
  ServerSignIn(Loop& loop, HttpLoop& http, const std::string& state_dir, SignInTarget target,
               ServerSignInEvents events);
  ~ServerSignIn() override;

  void authorize(std::function<void(Result<std::string>)> done) override;
  void refused(const WebAnswer& answer, const std::string& sent,
               std::function<void(Result<bool>)> done) override;

 private:
  using Authorized = std::function<void(Result<std::string>)>;
  struct Refused {
    SignInDemand demand;
    std::string sent;
    std::function<void(Result<bool>)> done;
    bool looked = false;  ///< we have waited for other processes that renew the token
  };

  void load();
  void loaded(Result<std::optional<StoredSignIn>> read);
  void go_on();
  bool must_renew(Micros now) const;
  bool may_renew(Micros now) const;
  bool may_sign_in_alone() const;
  bool helps_to_renew(const Refused& refused, Micros now) const;
  void renew(Renewal::Purpose purpose = Renewal::Purpose::Renew);
  void renewed(RenewalEnd end);
  void answer_authorized();
  void answer_refused();
  Result<std::string> value(Micros now) const;
  /// If the server wants more scopes, the caller must write() what is noted of it.
  Result<bool> judge(const Refused& refused);
  void remember(const SignInDemand& demand);
  void note_demand(const SignInDemand& demand, const std::string& why_none);
  /// Calls `then` once the sign-in is stored, or could not be stored.
  void write(StoredSignIn sign_in, std::function<void()> then = nullptr);
  std::optional<std::string> unusable() const;
  std::string current() const;
  Error required(const std::string& why) const;

  Loop& loop_;
  HttpLoop& http_;
  SignInStore store_;
  SignInTarget target_;
  ServerSignInEvents events_;
  std::string overrides_;
  // What the store had at `version_`.
  std::optional<StoredSignIn> stored_;
  std::optional<Error> store_error_;
  int64_t version_ = -1;
  bool loading_ = false;
  std::unique_ptr<Renewal> renewal_;
  std::optional<Error> not_renewed_;  ///< why the last renewal failed
  Micros renew_again_{};              ///< not before this time
  bool force_ = false;                ///< the server refuses the token although it has not expired
  /// The client has begun to sign in alone, and has no token yet.
  bool tried_alone_ = false;
  std::vector<Authorized> authorized_;
  std::vector<Refused> refused_;
  Lifetime lifetime_;
};

}  // namespace callgate
