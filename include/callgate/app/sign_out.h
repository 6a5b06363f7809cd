// Ends the sign-in to a remote server.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "callgate/app/sign_ins.h"
#include "callgate/base/result.h"
#include "callgate/io/loop.h"
#include "callgate/remote/http_loop.h"

namespace callgate {

struct SignedOut {
  bool was_signed_in = false;
  /// Why the tokens may still be valid at the server, although they are deleted here.
  std::optional<Error> still_valid;
};

/// Asks the authorization server to forget the tokens (RFC 7009), and deletes them here in any
/// case. Reads and writes the store on the loop's thread, like Login. Used on the loop's thread.
/// Destroying it before the end may leave the sign-in stored. Errors: those of SignInStore.
class SignOut {
 public:
  /// `on_done` is called once, never from within this function, and may destroy the object.
  SignOut(Loop& loop, HttpLoop& http, SignInTarget target, const std::string& state_dir,
          std::function<void(Result<SignedOut>)> on_done);
  ~SignOut();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace callgate
