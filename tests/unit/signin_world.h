// An MCP server with an authorization server, as functions from requests to answers, and a user who
// does what a sign-in asks for. Nothing here uses a network.
#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "callgate/signin/sign_in.h"
#include "callgate/signin/token_refresh.h"

namespace callgate {

inline constexpr Micros kSignInTime = std::chrono::seconds(1'800'000'000);
inline constexpr const char* kRedirectUri = "http://127.0.0.1:7421/callback";

/// Returns the value of a form's field, "" if there is none. Fails if there are several.
std::string form_value(const FormFields& fields, const std::string& name);
WebAnswer json_answer(int status, std::string body);

struct FakeServer {
  using Route = std::function<WebAnswer(const WebRequest&)>;
  using Members = std::map<std::string, std::string>;  ///< keys, and values as JSON text

  /// Answers at the usual places for this MCP endpoint and this issuer.
  explicit FakeServer(std::string mcp_url = "https://mcp.example/mcp",
                      std::string issuer_url = "https://as.example");

  FakeServer(const FakeServer&) = delete;  // its routes refer to it

  WebAnswer operator()(const WebRequest& request);
  /// What the browser does with an authorization URL: returns the query of the redirect.
  std::string browse(const std::string& url);
  /// Moves what is answered at one URL to another.
  void move(const std::string& from, const std::string& to);
  bool was_asked(const std::string& url) const;
  size_t times_asked(const std::string& url) const;
  /// The fields of the last form that was sent to a URL.
  FormFields form_at(const std::string& url) const;

  std::string mcp, issuer;
  Members resource_metadata, metadata, registration;
  Members token_members;                        ///< further members of the answers with tokens
  std::map<std::string, std::string> redirect;  ///< parameters that the redirect has instead
  std::map<std::string, Route> routes;          ///< by URL, without the query
  std::string www_authenticate;                 ///< of the answer to the probe
  bool gives_refresh_tokens = true;

  std::vector<WebRequest> seen;
  FormFields authorized;  ///< the parameters of the last authorization request
  /// Everything that no message may have.
  std::vector<std::string> secrets;
  int count = 0;  ///< of codes and tokens

 private:
  WebAnswer answer_token(const WebRequest& request);
  WebAnswer give_tokens();
  std::string secret(const std::string& kind);

  std::string code_, challenge_, refresh_, access_;
};

/// Returns settings for the MCP server of `server`.
SignInStart start_for(const FakeServer& server);
/// Random bytes that differ from call to call, and from which the test knows the secrets.
RandomBytes test_random(FakeServer& server);

/// Does what the sign-in asks for until it ends, and checks that neither its error nor its trace
/// has a secret.
void finish(SignIn& sign_in, FakeServer& server, Micros now = kSignInTime);
struct SignInOutcome {
  std::optional<Grant> grant;
  std::optional<SignInError> error;
  std::optional<ClientRegistration> registered;
  std::vector<std::pair<std::string, std::string>> outdated;
  std::string code() const { return error ? error->error.code : ""; }
  std::string rule() const { return error ? error->at.rule : ""; }
};
SignInOutcome sign_in_at(FakeServer& server, SignInStart start);
SignInOutcome sign_in_at(FakeServer& server);
void check_no_secrets(const std::vector<SignInTrace>& trace, const SignInError* error,
                      const FakeServer& server);

}  // namespace callgate
