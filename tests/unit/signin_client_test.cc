// As which client we sign in, how it authenticates, and which scopes it requests.
#include <string>

#include "callgate/base/base64.h"
#include "callgate/wire/writer.h"
#include "signin_world.h"
#include "wire_test.h"

using namespace callgate;

namespace {

constexpr const char* kRegister = "https://as.example/register";
constexpr const char* kTokenEndpoint = "https://as.example/token";

std::string authorization_of_last(const FakeServer& server) {
  for (const auto& [name, value] : server.seen.back().fields)
    if (name == "Authorization") return value;
  return "";
}

/// Answers the first requests to an endpoint with these answers, and later ones as before.
void answer_first(FakeServer& server, const std::string& url, std::vector<WebAnswer> answers) {
  const FakeServer::Route usual = server.routes[url];
  server.routes[url] = [usual, answers, next = size_t{0}](const WebRequest& request) mutable {
    return next < answers.size() ? answers[next++] : usual(request);
  };
}

/// Returns the members that all registrations so far have sent.
std::vector<MessagePtr> registrations_at(const FakeServer& server) {
  std::vector<MessagePtr> all;
  for (const WebRequest& one : server.seen)
    if (one.url == kRegister) all.push_back(walked(one.body));
  return all;
}

ClientRegistration stored_registration(const std::string& answer) {
  const auto read = read_registration(R"({"issuer":"https://as.example","redirect_uri":")" +
                                      std::string(kRedirectUri) +
                                      R"(","obtained":1700000000,"answer":)" + answer + "}");
  REQUIRE(read);
  return *read;
}

}  // namespace

TEST_CASE("a registration says what the authorization request will have") {
  FakeServer server;
  server.resource_metadata["scopes_supported"] = R"(["read"])";
  SignInStart start = start_for(server);
  start.settings.client_uri = "https://callgate.example";
  start.settings.software_id = "4d0a";
  start.settings.software_version = "1.0";
  const SignInOutcome done = sign_in_at(server, start);
  REQUIRE(done.grant);
  const auto sent = registrations_at(server);
  REQUIRE(sent.size() == 1);
  const Value root = sent[0]->root();
  CHECK(root.raw() ==
        R"({"client_name":"Callgate","client_uri":"https://callgate.example",)"
        R"("redirect_uris":["http://127.0.0.1:7421/callback"],)"
        R"("grant_types":["authorization_code","refresh_token"],"response_types":["code"],)"
        R"("token_endpoint_auth_method":"none","application_type":"native",)"
        R"("software_id":"4d0a","software_version":"1.0","scope":"read"})");
  REQUIRE(done.registered);
  CHECK(done.registered->issuer == "https://as.example");
  CHECK(done.registered->redirect_uri == kRedirectUri);
  CHECK(done.registered->client_id == "registered");
  CHECK(done.outdated.empty());
}

TEST_CASE("only a method that the server lists is registered and used") {
  struct Case {
    const char *listed, *registered;
    ClientAuth used;
  };
  const Case cases[] = {{"[\"client_secret_basic\"]", "client_secret_basic", ClientAuth::Basic},
                        {"[\"client_secret_post\"]", "client_secret_post", ClientAuth::Post},
                        {"[\"none\"]", "none", ClientAuth::None},
                        {"[\"client_secret_post\",\"none\"]", "none", ClientAuth::None},
                        {"[\"private_key_jwt\"]", "none", ClientAuth::None},
                        {"", "client_secret_basic", ClientAuth::Basic}};
  for (const Case& one : cases) {
    CAPTURE(one.listed);
    FakeServer server;
    server.metadata.erase("token_endpoint_auth_methods_supported");
    if (*one.listed != '\0') server.metadata["token_endpoint_auth_methods_supported"] = one.listed;
    server.registration["token_endpoint_auth_method"] = quote(one.registered);
    server.registration["client_secret"] = "\"a secret:+\"";
    server.secrets.emplace_back("a secret:+");
    const SignInOutcome done = sign_in_at(server);
    REQUIRE(done.grant);
    CHECK(registrations_at(server)[0]->root().find("token_endpoint_auth_method").text() ==
          one.registered);
    CHECK(done.grant->client_auth == one.used);
    const FormFields form = server.form_at(kTokenEndpoint);
    const bool basic = one.used == ClientAuth::Basic, post = one.used == ClientAuth::Post;
    CHECK(authorization_of_last(server) ==
          (basic ? "Basic " + base64("registered:a+secret%3A%2B") : ""));
    CHECK(form_value(form, "client_id") == (basic ? "" : "registered"));
    CHECK(form_value(form, "client_secret") == (post ? "a secret:+" : ""));
  }
}

TEST_CASE("the answer to a registration is obeyed, not the request") {
  FakeServer server;
  server.registration = {{"client_id", "\"c\""}, {"client_secret", "\"secret-1\""}};
  server.secrets.emplace_back("secret-1");
  SUBCASE("without a method, the client has a secret") {
    CHECK(sign_in_at(server).grant->client_auth == ClientAuth::Basic);
  }
  SUBCASE("a secret for another method") {
    server.registration["token_endpoint_auth_method"] = "\"client_secret_post\"";
    CHECK(sign_in_at(server).grant->client_auth == ClientAuth::Post);
  }
  SUBCASE("a secret although the method is none") {
    server.registration["token_endpoint_auth_method"] = "\"none\"";
    CHECK(sign_in_at(server).grant->client_auth == ClientAuth::None);
  }
  SUBCASE("a method without its secret") {
    server.registration.erase("client_secret");
    server.registration["token_endpoint_auth_method"] = "\"client_secret_basic\"";
    CHECK(sign_in_at(server).rule() == "RFC 7591 section 3.2.1");
  }
  SUBCASE("a method that was not asked for") {
    server.registration["token_endpoint_auth_method"] = "\"tls_client_auth\"";
    CHECK(sign_in_at(server).rule() == "RFC 7591 section 3.2.1");
  }
  SUBCASE("no client_id, or one that cannot be used") {
    for (const std::string id : {"null", "\"\"", "7", "\"a\\nb\""}) {
      server.registration["client_id"] = id;
      CHECK(sign_in_at(server).rule() == "RFC 7591 section 3.2.1");
    }
    server.registration["client_id"] = quote(std::string(2048, 'x'));
    CHECK(sign_in_at(server).grant);
    server.registration["client_id"] = quote(std::string(2049, 'x'));
    CHECK(sign_in_at(server).code() == "signin.rule");
  }
  SUBCASE("other redirect URIs") {
    server.registration["redirect_uris"] = R"(["https://evil.example/"])";
    CHECK(sign_in_at(server).code() == "signin.rule");
    server.registration["redirect_uris"] = R"(["http://127.0.0.1/callback"])";
    CHECK(sign_in_at(server).grant);
    server.registration["redirect_uris"] = R"(["http://localhost:7421/callback"])";
    CHECK(sign_in_at(server).code() == "signin.rule");
  }
}

TEST_CASE("a registration that is refused is tried without scopes, then with a secret") {
  FakeServer server;
  server.resource_metadata["scopes_supported"] = R"(["read"])";
  const WebAnswer refusal = json_answer(400, R"({"error":"invalid_client_metadata"})");
  SUBCASE("the second request succeeds") {
    answer_first(server, kRegister, {refusal});
    CHECK(sign_in_at(server).grant);
    const auto sent = registrations_at(server);
    REQUIRE(sent.size() == 2);
    CHECK_FALSE(sent[1]->root().find("scope"));
    CHECK(sent[1]->root().find("token_endpoint_auth_method").text_is("none"));
    CHECK(form_value(server.authorized, "scope") == "read");
  }
  SUBCASE("the third succeeds") {
    answer_first(server, kRegister, {refusal, refusal});
    CHECK(sign_in_at(server).grant);
    const auto sent = registrations_at(server);
    REQUIRE(sent.size() == 3);
    CHECK_FALSE(sent[2]->root().find("scope"));
    CHECK(sent[2]->root().find("token_endpoint_auth_method").text_is("client_secret_post"));
  }
  SUBCASE("none succeeds") {
    answer_first(server, kRegister, {refusal, refusal, refusal});
    CHECK(sign_in_at(server).code() == "signin.client_needed");
    CHECK(registrations_at(server).size() == 3);
  }
  SUBCASE("without scopes, there is one request less") {
    server.resource_metadata.erase("scopes_supported");
    answer_first(server, kRegister, {refusal, refusal});
    CHECK(sign_in_at(server).code() == "signin.client_needed");
    CHECK(registrations_at(server).size() == 2);
  }
  SUBCASE("but not if the server is busy") {
    answer_first(server, kRegister, {json_answer(503, "")});
    CHECK(sign_in_at(server).code() == "signin.unavailable");
    CHECK(registrations_at(server).size() == 1);
  }
}

TEST_CASE("a server that registers nobody leads to one sentence, and to no browser") {
  const auto expect_ask = [](FakeServer& server, const std::string& shown) {
    const SignInOutcome done = sign_in_at(server);
    CHECK(done.code() == "signin.client_needed");
    CHECK(done.error->error.message.find(shown) != std::string::npos);
    CHECK(done.error->error.next.find(kRedirectUri) != std::string::npos);
    CHECK(done.error->error.next.find("client_id") != std::string::npos);
    CHECK(done.error->error.next.find("callgate auth login example") != std::string::npos);
    CHECK(server.authorized.empty());
  };
  FakeServer without;
  without.metadata.erase("registration_endpoint");
  expect_ask(without, "does not let clients register");
  const WebAnswer refusals[] = {{.status = 403, .fields = {}, .body = "Forbidden"},
                                {.status = 422, .fields = {}, .body = "{}"},
                                {.status = 401, .fields = {}, .body = "<html>Sign in first</html>"},
                                {.status = 404, .fields = {}, .body = std::string(100'000, 'x')}};
  for (const WebAnswer& refusal : refusals) {
    FakeServer server;
    server.routes[kRegister] = [&](const WebRequest&) { return refusal; };
    expect_ask(server, std::to_string(refusal.status) + " \"" + refusal.body.substr(0, 9));
  }
}

TEST_CASE("a registration endpoint that may not be asked is not asked") {
  for (const char* bad :
       {"http://as.example/register", "file:///x", "https://localhost/register"}) {
    FakeServer server;
    server.metadata["registration_endpoint"] = quote(bad);
    CHECK(sign_in_at(server).code() == "signin.rule");
    CHECK(server.seen.size() == 3);
  }
}

TEST_CASE("a client that was registered by hand is used, and nothing is registered") {
  FakeServer server;
  SignInStart start = start_for(server);
  start.settings.client.id = "by hand";
  SUBCASE("without a secret") {
    const SignInOutcome done = sign_in_at(server, start);
    CHECK(done.grant->client_id == "by hand");
    CHECK(done.grant->client_auth == ClientAuth::None);
    CHECK_FALSE(server.was_asked(kRegister));
    CHECK(form_value(server.form_at(kTokenEndpoint), "client_id") == "by hand");
  }
  SUBCASE("with a secret") {
    start.settings.client.secret = Secret("s3cret");
    server.secrets.emplace_back("s3cret");
    CHECK(sign_in_at(server, start).grant->client_auth == ClientAuth::Basic);
    server.metadata["token_endpoint_auth_methods_supported"] = R"(["client_secret_post"])";
    CHECK(sign_in_at(server, start).grant->client_auth == ClientAuth::Post);
    server.metadata.erase("token_endpoint_auth_methods_supported");
    CHECK(sign_in_at(server, start).grant->client_auth == ClientAuth::Basic);
    start.settings.auth_is_set = true;
    start.settings.client.auth = ClientAuth::Post;
    CHECK(sign_in_at(server, start).grant->client_auth == ClientAuth::Post);
  }
  SUBCASE("it is named to no other authorization server") {
    start.settings.client_issuer = "https://old.example";
    const SignInOutcome done = sign_in_at(server, start);
    CHECK(done.code() == "signin.refused");
    CHECK(done.error->error.message.find("https://old.example") != std::string::npos);
    CHECK(server.authorized.empty());
  }
  SUBCASE("it is bound to the server that it was used with before") {
    start.earlier = Grant();
    start.earlier->client_id = "by hand";
    start.earlier->issuer = "https://old.example";
    CHECK(sign_in_at(server, start).code() == "signin.refused");
    start.earlier->client_id = "another";
    CHECK(sign_in_at(server, start).grant);
  }
}

TEST_CASE("a client ID metadata document is used if the server reads such documents") {
  FakeServer server;
  SignInStart start = start_for(server);
  start.settings.client_document = "https://conformance-test.local/client-metadata.json";
  CHECK(sign_in_at(server, start).grant->client_id == "registered");
  server.metadata["client_id_metadata_document_supported"] = "true";
  server.metadata.erase("registration_endpoint");
  const SignInOutcome done = sign_in_at(server, start);
  REQUIRE(done.grant);
  CHECK(done.grant->client_id == start.settings.client_document);
  CHECK(form_value(server.authorized, "client_id") == start.settings.client_document);
  CHECK(form_value(server.form_at(kTokenEndpoint), "client_id") == start.settings.client_document);
  CHECK_FALSE(done.registered);
}

TEST_CASE("a stored registration is used while it is valid") {
  FakeServer server;
  SignInStart start = start_for(server);
  start.registrations = {stored_registration(
      R"({"client_id":"stored","client_secret":"s3cret","client_secret_expires_at":1800000030})")};
  server.secrets.emplace_back("s3cret");
  SUBCASE("it is valid") {
    const SignInOutcome done = sign_in_at(server, start);
    CHECK(done.grant->client_id == "stored");
    CHECK(done.grant->client_auth == ClientAuth::Basic);
    CHECK_FALSE(done.registered);
    CHECK_FALSE(server.was_asked(kRegister));
  }
  SUBCASE("it has expired by the server's clock") {
    const std::string document = "https://as.example/.well-known/oauth-authorization-server";
    const FakeServer::Route usual = server.routes[document];
    server.routes[document] = [&](const WebRequest& request) {
      WebAnswer answer = usual(request);
      answer.fields.emplace_back("Date", "Fri, 15 Jan 2027 08:10:00 GMT");  // ten minutes later
      return answer;
    };
    const SignInOutcome done = sign_in_at(server, start);
    CHECK(done.grant->client_id == "registered");
    CHECK(done.registered);
    REQUIRE(done.outdated.size() == 1);
    CHECK(done.outdated[0].first == "https://as.example");
    CHECK(done.outdated[0].second == kRedirectUri);
  }
  SUBCASE("it is of another issuer or redirect URI") {
    start.registrations[0].issuer = "https://old.example";
    CHECK(sign_in_at(server, start).grant->client_id == "registered");
    for (const WebRequest& one : server.seen) CHECK(one.body.find("stored") == std::string::npos);
    start.registrations[0].issuer = "https://as.example";
    start.registrations[0].redirect_uri = "http://127.0.0.1:1/callback";
    CHECK(sign_in_at(server, start).grant->client_id == "registered");
  }
}

TEST_CASE("a registration that the server has forgotten is made again, but only once") {
  FakeServer server;
  SignInStart start = start_for(server);
  start.registrations = {stored_registration(R"({"client_id":"stored"})")};
  const WebAnswer unknown = json_answer(401, R"({"error":"invalid_client"})");
  SUBCASE("the token endpoint says so") {
    answer_first(server, kTokenEndpoint, {unknown});
    const SignInOutcome done = sign_in_at(server, start);
    CHECK(done.grant->client_id == "registered");
    CHECK(done.outdated.size() == 1);
    CHECK(server.times_asked(kRegister) == 1);
  }
  SUBCASE("the new one is refused, too") {
    answer_first(server, kTokenEndpoint, {unknown, unknown});
    const SignInOutcome done = sign_in_at(server, start);
    CHECK(done.code() == "signin.refused");
    CHECK(done.registered);
    CHECK(server.times_asked(kRegister) == 1);
    CHECK(server.times_asked(kTokenEndpoint) == 2);
  }
  SUBCASE("one that was just made is not made again") {
    start.registrations.clear();
    answer_first(server, kTokenEndpoint, {unknown});
    CHECK(sign_in_at(server, start).code() == "signin.refused");
    CHECK(server.times_asked(kRegister) == 1);
  }
}

TEST_CASE("scopes come from the challenge, else from the resource's metadata, else from nobody") {
  const auto scope_of = [](const char* challenge, const char* listed,
                           const Scopes& configured = {}) {
    FakeServer server;
    server.www_authenticate = challenge;
    if (*listed != '\0') server.resource_metadata["scopes_supported"] = listed;
    server.metadata["scopes_supported"] = R"(["everything","offline"])";
    SignInStart start = start_for(server);
    start.settings.scopes = configured;
    CHECK(sign_in_at(server, start).grant);
    CHECK(form_value(server.authorized, "prompt") == "");
    return form_value(server.authorized, "scope");
  };
  CHECK(scope_of("Bearer scope=\"a b\"", "[\"c\"]") == "a b");
  CHECK(scope_of("Bearer", "[\"c\",\"d\"]") == "c d");
  CHECK(scope_of("", "") == "");
  CHECK(scope_of("Bearer scope=\"a b\"", "[\"c\"]", {"x"}) == "x");
}

TEST_CASE("offline_access is added only if the server lists it and other scopes are requested") {
  FakeServer server;
  server.metadata["scopes_supported"] = R"(["offline_access"])";
  CHECK(sign_in_at(server).grant);
  CHECK(form_value(server.authorized, "scope") == "");
  server.resource_metadata["scopes_supported"] = R"(["a"])";
  CHECK(sign_in_at(server).grant);
  CHECK(form_value(server.authorized, "scope") == "a offline_access");
  CHECK(form_value(server.authorized, "prompt") == "consent");
  server.metadata["scopes_supported"] = R"(["a"])";
  CHECK(sign_in_at(server).grant);
  CHECK(form_value(server.authorized, "scope") == "a");
}

TEST_CASE("a step-up requests everything that was requested before and what is missing") {
  FakeServer server;
  SignInStart start = start_for(server);
  start.earlier = Grant();
  start.earlier->issuer = "https://as.example";
  start.earlier->requested = {"basic", "offline_access"};
  start.demand = SignInDemand{.kind = SignInDemand::Kind::MoreScopes,
                              .resource_metadata = "",
                              .scopes = {"write", "basic"},
                              .error = "insufficient_scope",
                              .error_description = ""};
  const SignInOutcome done = sign_in_at(server, start);
  REQUIRE(done.grant);
  CHECK(form_value(server.authorized, "scope") == "basic offline_access write");
  CHECK(done.grant->requested == Scopes{"basic", "offline_access", "write"});
  CHECK(server.seen[0].url.find("oauth-protected-resource") != std::string::npos);
  start.earlier->issuer = "https://old.example";
  CHECK(sign_in_at(server, start).grant);
  CHECK(form_value(server.authorized, "scope") == "write basic");
}

TEST_CASE("an operation leads to three authorizations at most") {
  StepUps steps;
  for (int i = 0; i < StepUps::kMost; ++i) CHECK(steps.begin("tools/call a"));
  CHECK_FALSE(steps.begin("tools/call a"));
  CHECK_FALSE(steps.begin("tools/call a"));
  CHECK(steps.begin("tools/call b"));
  steps.succeeded("tools/call a");
  CHECK(steps.begin("tools/call a"));
  for (size_t i = 0; i < StepUps::kMostOperations; ++i) CHECK(steps.begin(std::to_string(i)));
  CHECK_FALSE([&] {
    for (int i = 0; i < StepUps::kMost - 1; ++i) CHECK(steps.begin("999"));
    return steps.begin("999");
  }());
}
