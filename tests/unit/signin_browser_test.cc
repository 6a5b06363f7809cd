// The browser's part: what it is sent to, and which redirects are accepted.
#include <string>

#include "callgate/base/digest.h"
#include "callgate/wire/writer.h"
#include "signin_world.h"

using namespace callgate;

namespace {

constexpr const char* kTokens = "https://as.example/token";

/// Goes on until the browser is to be opened.
const OpenBrowser& until_browser(SignIn& sign_in, FakeServer& server) {
  while (const auto* send = std::get_if<SendRequest>(&sign_in.next())) {
    const WebRequest request = send->request;
    sign_in.answer(server(request), kSignInTime);
  }
  REQUIRE(std::holds_alternative<OpenBrowser>(sign_in.next()));
  return std::get<OpenBrowser>(sign_in.next());
}

const SignInError& error_of(const SignIn& sign_in, const FakeServer& server) {
  REQUIRE(std::holds_alternative<SignInError>(sign_in.next()));
  const auto& error = std::get<SignInError>(sign_in.next());
  check_no_secrets(sign_in.trace(), &error, server);
  return error;
}

}  // namespace

TEST_CASE("the endpoint's own query stays, and further parameters are added") {
  FakeServer server;
  server.metadata["authorization_endpoint"] = quote("https://as.example/authorize?tenant=1");
  server.resource_metadata["scopes_supported"] = R"(["a","offline_access"])";
  SignInStart start = start_for(server);
  start.settings.parameters = {{"access_type", "offline"}, {"prompt", "select_account"}};
  CHECK(sign_in_at(server, start).grant);
  CHECK(form_value(server.authorized, "tenant") == "1");
  CHECK(form_value(server.authorized, "access_type") == "offline");
  CHECK(form_value(server.authorized, "scope") == "a offline_access");
  CHECK(form_value(server.authorized, "prompt") == "select_account");
}

TEST_CASE("neither the settings nor the endpoint can replace what we set") {
  for (const char* name : {"state", "code_challenge", "redirect_uri", "client_id", "resource"}) {
    FakeServer server;
    SignInStart start = start_for(server);
    start.settings.parameters = {{name, "x"}};
    CHECK(sign_in_at(server, start).code() == "signin.settings");
    FakeServer odd;
    odd.metadata["authorization_endpoint"] =
        quote("https://as.example/authorize?" + std::string(name) + "=x");
    CHECK(sign_in_at(odd).rule() == "RFC 6749 section 3.1");
  }
}

TEST_CASE("a redirect without our state is ignored, and a second one, too") {
  FakeServer server;
  SignIn sign_in(start_for(server), kSignInTime, test_random(server));
  const std::string url = until_browser(sign_in, server).url;
  const std::string query = server.browse(url);
  for (const std::string& strange :
       {std::string(), std::string("code=x"), std::string("code=x&state=y"),
        std::string("error=access_denied"), query + "&state=y", query + "x"})
    CHECK_FALSE(sign_in.redirected(strange, kSignInTime));
  CHECK_FALSE(sign_in.redirected(query + "&x=" + std::string(16 << 10, 'x'), kSignInTime));
  REQUIRE(std::holds_alternative<OpenBrowser>(sign_in.next()));
  CHECK(sign_in.redirected(query, kSignInTime));
  REQUIRE(std::holds_alternative<SendRequest>(sign_in.next()));
  CHECK_FALSE(sign_in.redirected(query, kSignInTime));
  finish(sign_in, server);
  CHECK(std::holds_alternative<SignedIn>(sign_in.next()));
  CHECK_FALSE(sign_in.redirected(query, kSignInTime));
  CHECK(server.times_asked(kTokens) == 1);
}

TEST_CASE("strange redirects fill neither the trace nor the memory") {
  FakeServer server;
  SignIn sign_in(start_for(server), kSignInTime, test_random(server));
  until_browser(sign_in, server);
  for (int i = 0; i < 1000; ++i) CHECK_FALSE(sign_in.redirected("state=x", kSignInTime));
  CHECK(sign_in.trace().back().came == "a redirect that belongs to another sign-in");
}

TEST_CASE("a pasted URL counts like a redirect if it is the redirect URI") {
  FakeServer server;
  SignIn sign_in(start_for(server), kSignInTime, test_random(server));
  const std::string query = server.browse(until_browser(sign_in, server).url);
  for (const std::string& wrong :
       {query, "http://localhost:7421/callback?" + query, "http://127.0.0.1:7422/callback?" + query,
        "https://127.0.0.1:7421/callback?" + query, "http://127.0.0.1:7421/other?" + query,
        std::string(kRedirectUri), "http://u@127.0.0.1:7421/callback?" + query})
    CHECK_FALSE(sign_in.pasted(wrong, kSignInTime));
  CHECK(sign_in.pasted(std::string(kRedirectUri) + "?" + query + "#_=_", kSignInTime));
  finish(sign_in, server);
  CHECK(std::holds_alternative<SignedIn>(sign_in.next()));
}

TEST_CASE("the redirect must come from the server that was asked") {
  struct Case {
    const char *supported, *iss;
    bool good;
  };
  const Case cases[] = {{"true", "https://as.example", true},
                        {"true", "(none)", false},
                        {"true", "https://evil.example", false},
                        {"true", "https://as.example/", false},
                        {"true", "https://AS.example", false},
                        {"true", "https://as.example:443", false},
                        {"true", "", false},
                        {"false", "https://as.example", true},
                        {"false", "https://evil.example", false},
                        {"false", "(none)", true},
                        {"null", "", false}};
  for (const Case& one : cases) {
    CAPTURE(one.supported);
    CAPTURE(one.iss);
    FakeServer server;
    server.metadata["authorization_response_iss_parameter_supported"] = one.supported;
    server.redirect["iss"] = one.iss;
    const SignInOutcome done = sign_in_at(server);
    CHECK(done.grant.has_value() == one.good);
    if (one.good) CHECK(done.grant->iss == (std::string(one.iss) == "(none)" ? "" : one.iss));
    if (!one.good) CHECK(done.rule() == "RFC 9207 section 2.4");
    if (!one.good) CHECK_FALSE(server.was_asked(kTokens));
    // The same holds for an error, whose texts are not shown then.
    FakeServer refusing;
    refusing.metadata["authorization_response_iss_parameter_supported"] = one.supported;
    refusing.redirect = {{"iss", one.iss},
                         {"code", "(none)"},
                         {"error", "access_denied"},
                         {"error_description", "by the judge"}};
    const SignInOutcome refused = sign_in_at(refusing);
    CHECK(refused.code() == (one.good ? "signin.denied" : "signin.rule"));
    CHECK((refused.error->error.text().find("by the judge") != std::string::npos) == one.good);
  }
}

TEST_CASE("a redirect with a parameter twice or without a code ends the sign-in") {
  for (const char* added : {"&code=x", "&iss=a&iss=a", "&error=x&error=y"}) {
    FakeServer server;
    SignIn sign_in(start_for(server), kSignInTime, test_random(server));
    const std::string query = server.browse(until_browser(sign_in, server).url);
    CHECK(sign_in.redirected(query + added, kSignInTime));
    CHECK(error_of(sign_in, server).error.code == "signin.rule");
  }
  FakeServer server;
  server.redirect["code"] = "(none)";
  CHECK(sign_in_at(server).rule() == "RFC 6749 section 4.1.2");
}

TEST_CASE("errors in the redirect are told apart") {
  const auto code_of = [](const char* error) {
    FakeServer server;
    server.redirect = {{"code", "(none)"}, {"error", error}};
    const SignInOutcome done = sign_in_at(server);
    CHECK_FALSE(server.was_asked(kTokens));
    return done.code();
  };
  CHECK(code_of("access_denied") == "signin.denied");
  CHECK(code_of("server_error") == "signin.unavailable");
  CHECK(code_of("temporarily_unavailable") == "signin.unavailable");
  CHECK(code_of("invalid_scope") == "signin.refused");
  CHECK(code_of("") == "signin.refused");
}

TEST_CASE("a refusal of the parameter resource names the setting that leaves it out") {
  FakeServer server;
  server.redirect = {{"code", "(none)"}, {"error", "invalid_target"}};
  CHECK(sign_in_at(server).error->error.next.find("\"resource\": \"none\"") != std::string::npos);
  SignInStart start = start_for(server);
  start.settings.omit_resource = true;
  CHECK(sign_in_at(server, start).error->error.next.find("\"none\"") == std::string::npos);
}

TEST_CASE("a server's description cannot hide or forge text, and cannot repeat the state") {
  FakeServer server;
  SignIn sign_in(start_for(server), kSignInTime, test_random(server));
  const std::string query = server.browse(until_browser(sign_in, server).url);
  const FormFields fields = read_form(query);
  const std::string state = form_value(fields, "state");
  CHECK(sign_in.redirected(
      form_text({{"state", state},
                 {"error", "access_denied\x1b[2J"},
                 {"error_description", "no\n\x07" + state + std::string(1000, 'x')}}),
      kSignInTime));
  const std::string text = error_of(sign_in, server).error.text();
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK(text.find('\n') == std::string::npos);
  CHECK(text.find("[hidden]") != std::string::npos);
  CHECK(text.size() < 1000);
}

TEST_CASE("a sign-in that nobody finishes ends after ten minutes") {
  FakeServer server;
  SignIn sign_in(start_for(server), kSignInTime, test_random(server));
  const OpenBrowser open = until_browser(sign_in, server);
  const std::string query = server.browse(open.url);
  CHECK(open.until == kSignInTime + std::chrono::minutes(10));
  sign_in.time_passed(open.until - Micros(1));
  CHECK(std::holds_alternative<OpenBrowser>(sign_in.next()));
  SUBCASE("nothing comes") {
    sign_in.time_passed(open.until);
    CHECK(error_of(sign_in, server).error.code == "signin.expired");
  }
  SUBCASE("the redirect comes too late") {
    CHECK_FALSE(sign_in.redirected(query, open.until));
    CHECK(error_of(sign_in, server).error.code == "signin.expired");
  }
}

TEST_CASE("a server that wants pushed requests gets one, and the browser only its name") {
  FakeServer server;
  server.metadata["require_pushed_authorization_requests"] = "true";
  CHECK(sign_in_at(server).rule() == "RFC 9126 section 5");
  server.metadata["pushed_authorization_request_endpoint"] = quote("https://as.example/par");
  server.routes["https://as.example/par"] = [](const WebRequest&) {
    return json_answer(201, R"({"request_uri":"urn:x:1","expires_in":60})");
  };
  SignIn sign_in(start_for(server), kSignInTime, test_random(server));
  const std::string url = until_browser(sign_in, server).url;
  CHECK(url == "https://as.example/authorize?client_id=registered&request_uri=urn%3Ax%3A1");
  const FormFields pushed = server.form_at("https://as.example/par");
  CHECK(form_value(pushed, "client_id") == "registered");
  CHECK(form_value(pushed, "code_challenge_method") == "S256");
  CHECK(form_value(pushed, "redirect_uri") == kRedirectUri);
  const std::string state = form_value(pushed, "state");
  CHECK(state.size() >= 22);
  CHECK(sign_in.redirected("code=c&state=" + state, kSignInTime));
  SUBCASE("which it may refuse") {
    server.routes["https://as.example/par"] = [](const WebRequest&) {
      return json_answer(400, R"({"error":"invalid_request"})");
    };
    CHECK(sign_in_at(server).code() == "signin.refused");
  }
}
