// Examines how a remote server lets its clients sign in, without signing in.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "callgate/app/login.h"

namespace callgate {

/// What was asked and answered, step by step. The last step may not have been performed.
struct SignInCheckEnd {
  std::vector<SignInTrace> trace;
  /// What must be corrected; empty if a sign-in could go on with a registration, the browser or a
  /// request for tokens.
  std::optional<Error> error;
  std::string issuer;  ///< of the authorization server; empty if none was found
};

/// Follows the steps of a sign-in, without a token, until it would register a client, open a
/// browser or ask for tokens. Changes nothing, here or on a server. Reads the store on the loop's
/// thread, like Login. Used on the loop's thread; destroying it cancels the check.
class SignInCheck {
 public:
  /// `on_done` is called once, never from within this function, and may destroy the object.
  SignInCheck(Loop& loop, HttpLoop& http, const LoginOptions& options,
              std::function<void(SignInCheckEnd)> on_done);
  ~SignInCheck();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace callgate
