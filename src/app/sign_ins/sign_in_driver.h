// Performs what a sign-in asks for: it sends the requests and watches the time.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/app/sign_ins.h"
#include "callgate/io/lifetime.h"
#include "callgate/io/loop.h"
#include "callgate/remote/fetch.h"
#include "callgate/remote/http_loop.h"
#include "callgate/signin/sign_in.h"

namespace callgate {

/// Returns the request that a server without sign-in would accept. `fields` are the fields of each
/// request to the server, and `version` is ours.
WebRequest sign_in_probe(const std::string& url, const WebFields& fields,
                         const std::string& version);

/// Returns the redirect URIs with which the client of the earlier grant is registered. Another one
/// would need a new registration.
std::vector<std::string> earlier_redirect_uris(const SignInStart& start);

/// Used on the loop's thread. Destroying it cancels the sign-in.
class SignInDriver {
 public:
  struct Events {
    /// Called before each request. The sign-in ends without a result if it returns false. May be
    /// empty.
    std::function<bool(const WebRequest&)> may_send;
    /// Called after each answer. An error ends the sign-in. May be empty.
    std::function<Status(const SignIn&)> on_progress;
    /// Called once, when the browser must be opened.
    std::function<void(const OpenBrowser&)> on_browser;
    /// Called for each new code.
    std::function<void(const ShowCode&)> on_code;
    /// Called once at the end, never from within a function of this class. The result is nullopt if
    /// may_send returned false.
    std::function<void(Result<std::optional<Grant>>)> on_end;
  };

  SignInDriver(Loop& loop, HttpLoop& http, WebNetwork network, SignInStart start, Events events);

  /// Reports the query of a request for the redirect URI. Returns false if it does not belong to
  /// this sign-in.
  bool redirected(std::string_view query);
  /// Like redirected(), with the whole URL that the user copied.
  bool pasted(std::string_view url);
  const SignIn& sign_in() const { return sign_in_; }

 private:
  void advance();
  void send(const SendRequest& order);
  void wait_for_user(const OpenBrowser& browser);
  void wait_for_user(const ShowCode& code);
  void look_at(Micros when);
  void finish(Result<std::optional<Grant>> result);

  Loop& loop_;
  HttpLoop& http_;
  const WebNetwork network_;
  const std::string server_url_;
  SignIn sign_in_;
  Events events_;
  Timer timer_;
  std::unique_ptr<Fetch> fetch_;
  std::string shown_;  // the URL or the code that the user has got
  bool ended_ = false;
  Lifetime lifetime_;
};

}  // namespace callgate
