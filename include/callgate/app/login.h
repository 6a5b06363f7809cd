// Signs a person in to a remote server: finds the authorization server, waits for the browser,
// fetches the tokens and stores them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "callgate/app/sign_ins.h"
#include "callgate/base/result.h"
#include "callgate/io/loop.h"
#include "callgate/remote/http_loop.h"
#include "callgate/signin/grant.h"
#include "callgate/signin/sign_in.h"
#include "callgate/wire/web.h"

namespace callgate {

struct LoginOptions {
  SignInTarget target;
  WebFields fields;       ///< the configured fields of each request to the server
  std::string state_dir;  ///< where sign-ins are stored
  std::string version;    ///< of this program
};

/// The callbacks must not destroy the Login, except `on_done`.
struct LoginEvents {
  /// Open or show this URL. After `until`, the sign-in fails.
  std::function<void(const std::string& url, Micros until)> on_browser;
  /// Show the address and the code. `complete_url` must not be opened by itself.
  std::function<void(const ShowCode& code)> on_code;
  /// Called once, when the grant is stored, or with the reason why there is none. Never called from
  /// within a function of Login.
  std::function<void(Result<Grant>)> on_done;
};

/// One sign-in. It begins at once, and waits at most ten minutes for the person. Only one process
/// at a time signs in to the same server and account. It reads and writes the store on the loop's
/// thread, which may block for some seconds, so a gate must not use it. Destroying it cancels the
/// sign-in; a client that was registered meanwhile stays stored. Used on the loop's thread. The
/// errors are those of SignIn and SignInStore, and:
/// "login.busy"   another process is signing in
/// "login.port"   the port to which the browser must return is in use
class Login {
 public:
  Login(Loop& loop, HttpLoop& http, LoginOptions options, LoginEvents events);
  ~Login();
  /// Takes the URL that the user copied from the browser's address bar. Returns false if it is not
  /// the redirect URI of this sign-in, or if it comes at another time than between `on_browser` and
  /// `on_done`.
  bool pasted(std::string_view url);

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace callgate
