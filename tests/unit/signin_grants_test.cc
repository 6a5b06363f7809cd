// Answers with tokens, and the ways to sign in without this machine's browser.
#include <string>

#include "callgate/base/base64.h"
#include "callgate/wire/writer.h"
#include "signin_world.h"
#include "test_keys.h"
#include "wire_test.h"

using namespace callgate;
using std::chrono::seconds;

namespace {

constexpr const char* kTokenUrl = "https://as.example/token";
constexpr const char* kDeviceUrl = "https://as.example/device";
constexpr const char* kProviderUrl = "https://idp.example/token";

/// Signs in at a server whose token endpoint gives this answer.
SignInOutcome with_token_answer(int status, const std::string& body) {
  FakeServer server;
  server.routes[kTokenUrl] = [&](const WebRequest&) { return json_answer(status, body); };
  return sign_in_at(server);
}

MessagePtr jwt_message(const std::string& jwt, int part) {
  size_t from = 0;
  for (int i = 0; i < part; ++i) from = jwt.find('.', from) + 1;
  const auto text = base64url_decoded(jwt.substr(from, jwt.find('.', from) - from));
  REQUIRE(text);
  return walked(*text);
}

std::string unsigned_jwt(const std::string& header, const std::string& claims) {
  return base64url(header) + "." + base64url(claims) + ".c2lnbmF0dXJl";
}

/// A server with the sign-in by a code. The token endpoint gives these errors before it gives
/// tokens.
struct DeviceServer : FakeServer {
  explicit DeviceServer(std::vector<WebAnswer> answers = {}) {
    metadata["device_authorization_endpoint"] = quote(kDeviceUrl);
    device = {{"device_code", "\"device-secret\""},
              {"user_code", "\"WDJB-MJHT\""},
              {"verification_uri", quote("https://as.example/activate")},
              {"expires_in", "600"}};
    secrets = {"device-secret", "WDJB-MJHT"};
    routes[kDeviceUrl] = [this](const WebRequest&) {
      JsonWriter out;
      out.begin_object();
      for (const auto& [key, value] : device) out.key(key).raw(value);
      return json_answer(200, out.end_object().take());
    };
    const Route usual = routes[kTokenUrl];
    routes[kTokenUrl] = [usual, answers, next = size_t{0}](const WebRequest& request) mutable {
      return next < answers.size() ? answers[next++] : usual(request);
    };
  }
  SignInStart begin() const {
    SignInStart start = start_for(*this);
    start.settings.way = SignInWay::DeviceCode;
    start.settings.client.id = "public";
    return start;
  }
  Members device;
};

WebAnswer device_error(const std::string& error) {
  return json_answer(400, "{\"error\":" + quote(error) + "}");
}

}  // namespace

TEST_CASE("an answer with tokens is read as RFC 6749 says, with the usual tolerance") {
  const std::string begin = R"({"access_token":"t0ken","token_type":)";
  for (const char* type : {"\"Bearer\"", "\"bearer\"", "\"BEARER\""})
    CHECK(with_token_answer(200, begin + type + "}").grant);
  for (const char* type : {"\"DPoP\"", "\"mac\"", "\"\"", "null", "1"})
    CHECK(with_token_answer(200, begin + type + "}").rule() == "RFC 6749 section 5.1");
  CHECK(with_token_answer(200, R"({"access_token":"t0ken"})").rule() == "RFC 6749 section 5.1");
  for (const char* token : {"\"\"", "null", "7", "\"a b\"", "\"a\\nb\"", "\"\xc3\xa9\""})
    CHECK(with_token_answer(200,
                            std::string(R"({"token_type":"Bearer","access_token":)") + token + "}")
              .rule() == "RFC 6749 section 5.1");
  const SignInOutcome bare = with_token_answer(200, begin + "\"Bearer\"}");
  CHECK(bare.grant->refresh_token.empty());
  CHECK_FALSE(bare.grant->expires);
}

TEST_CASE("the life of a token may be a number or digits, and has a limit") {
  const auto life = [](const std::string& expires_in) -> std::optional<seconds> {
    const SignInOutcome done = with_token_answer(
        200, R"({"access_token":"t0ken","token_type":"Bearer","expires_in":)" + expires_in + "}");
    REQUIRE(done.grant);
    if (!done.grant->expires) return std::nullopt;
    return std::chrono::duration_cast<seconds>(*done.grant->expires - kSignInTime);
  };
  constexpr seconds kTenYears = std::chrono::hours(24) * 3650;
  CHECK(life("3600") == seconds(3600));
  CHECK(life("\"3600\"") == seconds(3600));
  CHECK(life("3600.9") == seconds(3600));
  CHECK(life("1") == seconds(1));
  for (const char* huge :
       {"315360001", "9223372036854775807", "1e300", "1e999", "\"99999999999999999999999\""})
    CHECK(life(huge) == kTenYears);
  for (const char* none : {"0", "-1", "-1e300", "\"-1\"", "\"soon\"", "null", "true", "\"\""})
    CHECK_FALSE(life(none));
}

TEST_CASE("a narrower scope is stored, and an absent one is as requested") {
  FakeServer server;
  server.resource_metadata["scopes_supported"] = R"(["a","b"])";
  CHECK(sign_in_at(server).grant->granted == Scopes{"a", "b"});
  server.token_members["scope"] = "\"a\"";
  const SignInOutcome done = sign_in_at(server);
  CHECK(done.grant->granted == Scopes{"a"});
  CHECK(done.grant->requested == Scopes{"a", "b"});
  server.token_members["scope"] = "\"\"";
  CHECK(sign_in_at(server).grant->granted == Scopes{"a", "b"});
}

TEST_CASE("an error is an error, whatever the status") {
  for (const int status : {200, 400, 401, 403}) {
    const SignInOutcome done = with_token_answer(
        status, R"({"error":"bad_verification_code","error_description":"The code is wrong."})");
    CHECK(done.code() == "signin.refused");
    CHECK(done.error->error.message.find("The code is wrong.") != std::string::npos);
  }
  CHECK(with_token_answer(200, R"({"ok":false,"error":"invalid_code"})").code() ==
        "signin.refused");
  CHECK(with_token_answer(400, "<html>").code() == "signin.refused");
  CHECK(with_token_answer(200, "<html>").code() == "signin.malformed");
  CHECK(with_token_answer(307, "").code() == "signin.refused");
  for (const int status : {429, 500, 503})
    CHECK(with_token_answer(status, "{}").code() == "signin.unavailable");
}

TEST_CASE("the request with the code has everything that servers want, and is sent once") {
  FakeServer server;
  CHECK(sign_in_at(server).grant);
  const WebRequest& sent = server.seen.back();
  CHECK(sent.url == kTokenUrl);
  CHECK(sent.fields == WebFields{{"Content-Type", "application/x-www-form-urlencoded"},
                                 {"Accept", "application/json"}});
  const FormFields form = read_form(sent.body);
  CHECK(form.size() == 6);
  CHECK(form_value(form, "grant_type") == "authorization_code");
  CHECK(form_value(form, "client_id") == "registered");
  CHECK(server.times_asked(kTokenUrl) == 1);
}

TEST_CASE("an answer with tokens may have 64 KiB and no byte more") {
  std::string body = R"({"access_token":"t0ken","token_type":"Bearer"})";
  body.resize(kLargestTokenAnswer, ' ');
  CHECK(with_token_answer(200, body).grant);
  CHECK(with_token_answer(200, body + " ").code() == "signin.malformed");
}

TEST_CASE("no answer, 429 and 5xx are kept as such in every step, with Retry-After") {
  // Each round loses the answer to one more request.
  for (size_t step = 0; step < 5; ++step) {
    CAPTURE(step);
    for (const bool lost : {true, false}) {
      FakeServer server;
      SignIn sign_in(start_for(server), kSignInTime, test_random(server));
      for (size_t i = 0; i < step; ++i) {
        const WebRequest request = std::get<SendRequest>(sign_in.next()).request;
        sign_in.answer(server(request), kSignInTime);
        if (const auto* open = std::get_if<OpenBrowser>(&sign_in.next())) {
          const std::string url = open->url;
          CHECK(sign_in.redirected(server.browse(url), kSignInTime));
        }
      }
      REQUIRE(std::holds_alternative<SendRequest>(sign_in.next()));
      WebAnswer busy{.status = step % 2 == 0 ? 429 : 503, .fields = {}, .body = ""};
      busy.fields.emplace_back("Retry-After", "17");
      if (lost)
        sign_in.answer(Error{"web.reset", "the connection was reset", ""}, kSignInTime);
      else
        sign_in.answer(busy, kSignInTime);
      REQUIRE(std::holds_alternative<SignInError>(sign_in.next()));
      const auto& error = std::get<SignInError>(sign_in.next());
      CHECK(error.error.code == "signin.unavailable");
      CHECK(error.retry_after == (lost ? std::nullopt : std::optional(seconds(17))));
      check_no_secrets(sign_in.trace(), &error, server);
    }
  }
}

TEST_CASE("the user types a code on another device") {
  DeviceServer server({device_error("authorization_pending"), device_error("slow_down"),
                       json_answer(503, ""), device_error("authorization_pending")});
  SignIn sign_in(server.begin(), kSignInTime, test_random(server));
  Micros now = kSignInTime;
  std::vector<Micros> polls;
  while (!std::holds_alternative<SignedIn>(sign_in.next())) {
    if (const auto* send = std::get_if<SendRequest>(&sign_in.next())) {
      const WebRequest request = send->request;
      sign_in.answer(server(request), now);
      continue;
    }
    REQUIRE(std::holds_alternative<ShowCode>(sign_in.next()));
    const ShowCode show = std::get<ShowCode>(sign_in.next());
    CHECK(show.url == "https://as.example/activate");
    CHECK(show.user_code == "WDJB-MJHT");
    CHECK(show.complete_url == "");
    CHECK(show.until == kSignInTime + seconds(600));
    polls.push_back(show.poll_at - now);
    sign_in.time_passed(show.poll_at - Micros(1));
    CHECK(std::holds_alternative<ShowCode>(sign_in.next()));
    now = show.poll_at;
    sign_in.time_passed(now);
  }
  CHECK(polls ==
        std::vector<Micros>{seconds(5), seconds(5), seconds(10), seconds(20), seconds(20)});
  const FormFields asked = server.form_at(kDeviceUrl);
  CHECK(form_value(asked, "client_id") == "public");
  CHECK(form_value(asked, "resource") == server.mcp);
  const FormFields poll = server.form_at(kTokenUrl);
  CHECK(form_value(poll, "grant_type") == "urn:ietf:params:oauth:grant-type:device_code");
  CHECK(form_value(poll, "device_code") == "device-secret");
  CHECK(form_value(poll, "client_id") == "public");
  check_no_secrets(sign_in.trace(), nullptr, server);
  CHECK(sign_in.trace().size() < 8);  // all polls are one step
}

TEST_CASE("a code that nobody types, or that the user refuses, ends the sign-in") {
  SUBCASE("the server says that it has expired") {
    DeviceServer server({device_error("expired_token")});
    CHECK(sign_in_at(server, server.begin()).code() == "signin.expired");
  }
  SUBCASE("the user refuses") {
    DeviceServer server({device_error("access_denied")});
    CHECK(sign_in_at(server, server.begin()).code() == "signin.denied");
  }
  SUBCASE("the server wants another client") {
    DeviceServer server({device_error("unauthorized_client")});
    CHECK(sign_in_at(server, server.begin()).code() == "signin.refused");
  }
  SUBCASE("the time has passed") {
    DeviceServer server(std::vector<WebAnswer>(1000, device_error("authorization_pending")));
    server.device["expires_in"] = "60";
    CHECK(sign_in_at(server, server.begin()).code() == "signin.expired");
    CHECK(server.times_asked(kTokenUrl) == 11);
  }
  SUBCASE("no answer to a poll is not the end") {
    DeviceServer server;
    SignIn sign_in(server.begin(), kSignInTime, test_random(server));
    while (!std::holds_alternative<ShowCode>(sign_in.next())) {
      const WebRequest request = std::get<SendRequest>(sign_in.next()).request;
      sign_in.answer(server(request), kSignInTime);
    }
    sign_in.time_passed(kSignInTime + seconds(5));
    sign_in.answer(Error{"web.reset", "the connection was reset", ""}, kSignInTime + seconds(6));
    REQUIRE(std::holds_alternative<ShowCode>(sign_in.next()));
    finish(sign_in, server, kSignInTime + seconds(6));
    CHECK(std::holds_alternative<SignedIn>(sign_in.next()));
  }
}

TEST_CASE("what the server says about the code is bounded") {
  const auto shown = [](const std::string& key, const std::string& value) {
    DeviceServer server;
    server.device[key] = value;
    SignIn sign_in(server.begin(), kSignInTime, test_random(server));
    while (const auto* send = std::get_if<SendRequest>(&sign_in.next())) {
      const WebRequest request = send->request;
      sign_in.answer(server(request), kSignInTime);
    }
    return sign_in.next();
  };
  const auto wait = [&](const std::string& interval) {
    return std::get<ShowCode>(shown("interval", interval)).poll_at - kSignInTime;
  };
  CHECK(wait("0") == seconds(1));
  CHECK(wait("7") == seconds(7));
  CHECK(wait("\"7\"") == seconds(7));
  CHECK(wait("60") == seconds(60));
  CHECK(wait("61") == seconds(60));
  CHECK(wait("1e300") == seconds(60));
  CHECK(std::get<ShowCode>(shown("expires_in", "1e300")).until == kSignInTime + seconds(3600));
  CHECK(std::get<ShowCode>(shown("expires_in", "null")).until == kSignInTime + seconds(3600));
  const std::string page = "\"https://as.example/activate?c=x\"";
  CHECK(std::get<ShowCode>(shown("verification_uri_complete", page)).complete_url ==
        "https://as.example/activate?c=x");
  CHECK(std::get<ShowCode>(shown("verification_uri_complete", "\"file:///x\"")).complete_url == "");
  for (const char* bad : {"\"javascript:x\"", "\"http://as.example/\"", "\"\"", "null"})
    CHECK(std::holds_alternative<SignInError>(shown("verification_uri", bad)));
  for (const std::string& bad :
       {std::string("\"\""), std::string("null"), quote(std::string(65, 'x'))})
    CHECK(std::holds_alternative<SignInError>(shown("user_code", bad)));
  CHECK(std::get<ShowCode>(shown("user_code", quote(std::string(64, 'x')))).user_code.size() == 64);
  CHECK(std::get<ShowCode>(shown("user_code", quote("A\x1b-B"))).user_code == "A-B");
  CHECK(std::holds_alternative<SignInError>(shown("device_code", "null")));
}

TEST_CASE("a client for device codes registers without a redirect URI") {
  DeviceServer server;
  SignInStart start = server.begin();
  start.settings.client.id = "";
  const SignInOutcome done = sign_in_at(server, start);
  REQUIRE(done.grant);
  CHECK(done.registered->redirect_uri == "");
  for (const WebRequest& one : server.seen)
    CHECK(one.body.find("redirect_uri") == std::string::npos);
}

TEST_CASE("a server without device codes says so") {
  FakeServer server;
  SignInStart start = start_for(server);
  start.settings.way = SignInWay::DeviceCode;
  CHECK(sign_in_at(server, start).rule() == "RFC 8628 section 4");
}

TEST_CASE("a client with a secret signs in without a user") {
  FakeServer server;
  server.gives_refresh_tokens = false;
  server.resource_metadata["scopes_supported"] = R"(["a"])";
  server.metadata["scopes_supported"] = R"(["a","offline_access"])";
  server.metadata.erase("authorization_endpoint");
  server.metadata.erase("registration_endpoint");
  SignInStart start = start_for(server);
  start.settings.way = SignInWay::ClientCredentials;
  start.settings.client.id = "machine";
  CHECK(sign_in_at(server, start).code() == "signin.settings");
  start.settings.client.secret = Secret("s3cret");
  server.secrets.emplace_back("s3cret");
  server.secrets.push_back(base64("machine:s3cret"));
  const SignInOutcome done = sign_in_at(server, start);
  REQUIRE(done.grant);
  const FormFields form = server.form_at(kTokenUrl);
  CHECK(form ==
        FormFields{{"grant_type", "client_credentials"}, {"resource", server.mcp}, {"scope", "a"}});
  CHECK(done.grant->client_auth == ClientAuth::Basic);
  CHECK(server.authorized.empty());
}

TEST_CASE("a client with a key signs a JWT for the issuer") {
  for (const auto& [pem, algorithm] : {std::pair(kEcKey, "ES256"), std::pair(kRsaKey, "RS256")}) {
    FakeServer server;
    server.metadata["token_endpoint_auth_methods_supported"] = R"(["private_key_jwt"])";
    SignInStart start = start_for(server);
    start.settings.way = SignInWay::ClientCredentials;
    start.settings.client.id = "machine";
    start.settings.client.private_key = Secret(pem);
    start.settings.client.key_id = "key-1";
    const std::string document = "https://as.example/.well-known/oauth-authorization-server";
    const FakeServer::Route usual = server.routes[document];
    server.routes[document] = [&](const WebRequest& request) {
      WebAnswer answer = usual(request);
      answer.fields.emplace_back("Date", "Fri, 15 Jan 2027 08:10:00 GMT");  // ten minutes ahead
      return answer;
    };
    REQUIRE(sign_in_at(server, start).grant);
    const FormFields form = server.form_at(kTokenUrl);
    CHECK(form_value(form, "client_assertion_type") ==
          "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    CHECK(form_value(form, "client_id") == "");
    const std::string jwt = form_value(form, "client_assertion");
    const auto header = jwt_message(jwt, 0), claims = jwt_message(jwt, 1);
    CHECK(header->root().find("alg").text_is(algorithm));
    CHECK(header->root().find("kid").text_is("key-1"));
    CHECK(claims->root().find("iss").text_is("machine"));
    CHECK(claims->root().find("sub").text_is("machine"));
    CHECK(claims->root().find("aud").text_is("https://as.example"));
    CHECK(claims->root().find("jti").text().size() >= 22);
    const int64_t issued = *claims->root().find("iat").integer();
    CHECK(issued == 1'800'000'600);  // by the server's clock
    CHECK(*claims->root().find("exp").integer() - issued == 240);
    start.settings.client.audience = kTokenUrl;
    REQUIRE(sign_in_at(server, start).grant);
    const std::string other = form_value(server.form_at(kTokenUrl), "client_assertion");
    CHECK(jwt_message(other, 1)->root().find("aud").text_is(kTokenUrl));
  }
}

TEST_CASE("a key that the server does not accept is not used") {
  FakeServer server;
  SignInStart start = start_for(server);
  start.settings.way = SignInWay::ClientCredentials;
  start.settings.client.id = "machine";
  start.settings.client.private_key = Secret(kEcKey);
  CHECK(sign_in_at(server, start).rule() == "RFC 7523 section 2.2");
  server.metadata["token_endpoint_auth_methods_supported"] = R"(["private_key_jwt"])";
  server.metadata["token_endpoint_auth_signing_alg_values_supported"] = R"(["RS256"])";
  CHECK(sign_in_at(server, start).rule() == "RFC 7523 section 2.2");
  start.settings.client.private_key = Secret("no key");
  CHECK(sign_in_at(server, start).code() == "signin.settings");
  CHECK_FALSE(server.was_asked(kTokenUrl));
}

TEST_CASE("a workload shows its JWT, and tries nothing else if it is refused") {
  FakeServer server;
  SignInStart start = start_for(server);
  start.settings.way = SignInWay::WorkloadJwt;
  start.settings.assertion = Secret("platform.jwt.secret");
  server.secrets.emplace_back("platform.jwt.secret");
  REQUIRE(sign_in_at(server, start).grant);
  CHECK(server.form_at(kTokenUrl) ==
        FormFields{{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                   {"assertion", "platform.jwt.secret"},
                   {"resource", server.mcp}});
  server.routes[kTokenUrl] = [](const WebRequest&) {
    return json_answer(400,
                       R"({"error":"invalid_grant","error_description":"platform.jwt.secret"})");
  };
  CHECK(sign_in_at(server, start).code() == "signin.refused");
  CHECK(server.times_asked(kTokenUrl) == 2);
}

TEST_CASE("an identity provider vouches for the user, for this server alone") {
  FakeServer server;
  const std::string header = R"({"typ":"oauth-id-jag+jwt","alg":"ES256"})";
  FakeServer::Members claims = {{"aud", quote("https://as.example")},
                                {"resource", quote(server.mcp)},
                                {"client_id", quote("enterprise")}};
  std::string type = header;
  server.routes[kProviderUrl] = [&](const WebRequest&) {
    JsonWriter out;
    out.begin_object();
    for (const auto& [key, value] : claims) out.key(key).raw(value);
    const std::string jwt = unsigned_jwt(type, out.end_object().take());
    server.secrets.push_back(jwt);
    return json_answer(200, R"({"token_type":"N_A","access_token":)" + quote(jwt) + "}");
  };
  SignInStart start = start_for(server);
  start.settings.way = SignInWay::Enterprise;
  start.settings.client.id = "enterprise";
  start.settings.client.secret = Secret("s3cret");
  start.settings.provider_client.id = "at the provider";
  start.settings.provider_token_endpoint = kProviderUrl;
  start.settings.id_token = Secret("id.token.secret");
  server.secrets.insert(server.secrets.end(), {"s3cret", "id.token.secret"});
  SUBCASE("the assertion is right") {
    REQUIRE(sign_in_at(server, start).grant);
    const FormFields asked = server.form_at(kProviderUrl);
    CHECK(form_value(asked, "grant_type") == "urn:ietf:params:oauth:grant-type:token-exchange");
    CHECK(form_value(asked, "requested_token_type") == "urn:ietf:params:oauth:token-type:id-jag");
    CHECK(form_value(asked, "audience") == "https://as.example");
    CHECK(form_value(asked, "resource") == server.mcp);
    CHECK(form_value(asked, "subject_token") == "id.token.secret");
    CHECK(form_value(asked, "client_id") == "at the provider");
    const FormFields form = server.form_at(kTokenUrl);
    CHECK(form_value(form, "grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer");
    CHECK(form_value(form, "assertion") == server.secrets[server.secrets.size() - 3]);
  }
  SUBCASE("the audience is a list that has the server") {
    claims["aud"] = R"(["https://x.example","https://as.example"])";
    CHECK(sign_in_at(server, start).grant);
  }
  SUBCASE("the assertion is for something else") {
    const std::pair<const char*, const char*> wrong[] = {{"aud", "\"https://x.example\""},
                                                         {"aud", "[]"},
                                                         {"resource", "\"https://x.example\""},
                                                         {"client_id", "\"other\""},
                                                         {"client_id", "null"}};
    for (const auto& [key, value] : wrong) {
      const std::string right = claims[key];
      claims[key] = value;
      CHECK(sign_in_at(server, start).code() == "signin.rule");
      claims[key] = right;
    }
    for (const char* other : {R"({"typ":"JWT"})", "{}", "no JSON"}) {
      type = other;
      CHECK(sign_in_at(server, start).code() == "signin.rule");
    }
    CHECK_FALSE(server.was_asked(kTokenUrl));
  }
  SUBCASE("the provider refuses") {
    server.routes[kProviderUrl] = [](const WebRequest&) {
      return json_answer(400, R"({"error":"invalid_grant"})");
    };
    CHECK(sign_in_at(server, start).code() == "signin.refused");
  }
}
