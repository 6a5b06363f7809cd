// The scenarios of MCP's official conformance suite for clients that are about authorization, each
// under its name there. As in the suite, all servers are on this machine, without TLS.
#include <functional>
#include <string>

#include "callgate/base/base64.h"
#include "callgate/wire/writer.h"
#include "signin_world.h"
#include "test_keys.h"
#include "wire_test.h"

using namespace callgate;

namespace {

constexpr const char* kLocal = "http://localhost:41999";

std::string local(const std::string& path) { return kLocal + path; }

/// An MCP server and its authorization server on one port, and what the client begins with.
struct Scenario {
  explicit Scenario(const std::string& issuer = kLocal) : server(local("/mcp"), issuer) {
    start = start_for(server);
  }
  SignInOutcome run() { return sign_in_at(server, start); }
  std::string authorized(const std::string& name) { return form_value(server.authorized, name); }
  std::string in_token_request(const std::string& name) {
    return form_value(server.form_at(local("/token")), name);
  }
  bool root_was_asked() const {
    return server.was_asked(local("/.well-known/oauth-authorization-server")) ||
           server.was_asked(local("/.well-known/openid-configuration"));
  }

  FakeServer server;
  SignInStart start;
};

const std::string kPath = local("/.well-known/oauth-protected-resource/mcp");
const std::string kRoot = local("/.well-known/oauth-protected-resource");

/// Signs in and checks what the suite checks in each scenario.
void check_usual(Scenario& scenario) {
  const SignInOutcome done = scenario.run();
  REQUIRE(done.grant);
  CHECK(scenario.authorized("resource") == done.grant->resource);
  CHECK(scenario.in_token_request("resource") == done.grant->resource);
  CHECK(scenario.authorized("code_challenge_method") == "S256");
}

}  // namespace

TEST_CASE("auth/metadata-default") {
  Scenario scenario;
  scenario.server.www_authenticate = "Bearer resource_metadata=\"" + kPath + "\"";
  check_usual(scenario);
  CHECK(scenario.server.times_asked(local("/register")) == 1);
}

TEST_CASE("auth/metadata-var1") {
  Scenario scenario;
  scenario.server.move(local("/.well-known/oauth-authorization-server"),
                       local("/.well-known/openid-configuration"));
  check_usual(scenario);
}

TEST_CASE("auth/metadata-var2") {
  Scenario scenario(local("/tenant1"));
  scenario.server.move(kPath, kRoot);
  scenario.server.resource_metadata["resource"] = quote(kLocal);
  check_usual(scenario);
  CHECK_FALSE(scenario.root_was_asked());
}

TEST_CASE("auth/metadata-var3") {
  Scenario scenario(local("/tenant1"));
  scenario.server.www_authenticate =
      "Bearer resource_metadata=\"" + local("/custom/metadata.json") + "\"";
  scenario.server.move(kPath, local("/custom/metadata.json"));
  scenario.server.move(local("/.well-known/oauth-authorization-server/tenant1"),
                       local("/tenant1/.well-known/openid-configuration"));
  check_usual(scenario);
  CHECK_FALSE(scenario.root_was_asked());
}

TEST_CASE("auth/basic-cimd") {
  Scenario scenario;
  scenario.server.metadata["client_id_metadata_document_supported"] = "true";
  scenario.start.settings.client_document = "https://conformance-test.local/client-metadata.json";
  check_usual(scenario);
  CHECK(scenario.authorized("client_id") == "https://conformance-test.local/client-metadata.json");
  CHECK_FALSE(scenario.server.was_asked(local("/register")));
}

TEST_CASE("auth/scope-from-www-authenticate, -from-scopes-supported, -omitted-when-undefined") {
  Scenario scenario;
  check_usual(scenario);
  CHECK(scenario.authorized("scope") == "");
  scenario.server.resource_metadata["scopes_supported"] = R"(["mcp:basic","mcp:read"])";
  check_usual(scenario);
  CHECK(scenario.authorized("scope") == "mcp:basic mcp:read");
  scenario.server.www_authenticate = "Bearer scope=\"mcp:basic\"";
  check_usual(scenario);
  CHECK(scenario.authorized("scope") == "mcp:basic");
}

TEST_CASE("auth/scope-step-up, auth/scope-retry-limit") {
  Scenario scenario;
  scenario.server.www_authenticate = "Bearer scope=\"mcp:basic\"";
  SignInOutcome done = scenario.run();
  REQUIRE(done.grant);
  StepUps steps;
  int authorizations = 0;
  while (steps.begin("tools/call write")) {
    ++authorizations;
    scenario.start.earlier = done.grant;
    scenario.start.demand =
        read_demand({.status = 403,
                     .fields = {{"WWW-Authenticate",
                                 "Bearer error=\"insufficient_scope\", scope=\"mcp:write\""}},
                     .body = ""});
    if (done.registered) scenario.start.registrations = {*done.registered};
    done = scenario.run();
    REQUIRE(done.grant);
    CHECK(scenario.authorized("scope") == "mcp:basic mcp:write");
  }
  CHECK(authorizations == 3);
  CHECK(scenario.server.times_asked(local("/register")) == 1);
}

TEST_CASE("auth/token-endpoint-auth-basic, -post, -none") {
  for (const char* method : {"client_secret_basic", "client_secret_post", "none"}) {
    Scenario scenario;
    scenario.server.metadata["token_endpoint_auth_methods_supported"] = "[" + quote(method) + "]";
    scenario.server.registration["token_endpoint_auth_method"] = quote(method);
    scenario.server.registration["client_secret"] = "\"test-secret\"";
    scenario.server.secrets.emplace_back("test-secret");
    const SignInOutcome done = scenario.run();
    REQUIRE(done.grant);
    CHECK(client_auth_word(done.grant->client_auth) == method);
  }
}

TEST_CASE("auth/pre-registration") {
  Scenario scenario;
  scenario.server.metadata.erase("registration_endpoint");
  scenario.server.metadata["token_endpoint_auth_methods_supported"] = "[\"client_secret_basic\"]";
  scenario.start.settings.client.id = "pre-registered";
  scenario.start.settings.client.secret = Secret("pre-secret");
  scenario.server.secrets.emplace_back("pre-secret");
  check_usual(scenario);
  CHECK(scenario.server.seen.back().fields.back().second ==
        "Basic " + base64("pre-registered:pre-secret"));
}

TEST_CASE("auth/resource-mismatch, auth/metadata-issuer-mismatch") {
  Scenario other_resource;
  other_resource.server.resource_metadata["resource"] = quote("https://evil.example/mcp");
  CHECK(other_resource.run().rule() == "RFC 9728 section 3.3");
  Scenario other_issuer;
  other_issuer.server.metadata["issuer"] = quote("https://evil.example");
  CHECK(other_issuer.run().rule() == "RFC 8414 section 3.3");
  for (const Scenario* one : {&other_resource, &other_issuer}) {
    CHECK(one->server.authorized.empty());
    CHECK_FALSE(one->server.was_asked(local("/register")));
  }
}

TEST_CASE("auth/offline-access-scope, -not-supported") {
  Scenario scenario;
  scenario.server.resource_metadata["scopes_supported"] = R"(["mcp:basic"])";
  check_usual(scenario);
  CHECK(scenario.authorized("scope") == "mcp:basic");
  scenario.server.metadata["scopes_supported"] = R"(["mcp:basic","offline_access"])";
  check_usual(scenario);
  CHECK(scenario.authorized("scope") == "mcp:basic offline_access");
}

TEST_CASE("auth/authorization-server-migration") {
  Scenario old;
  old.server.registration["client_id"] = "\"old-client\"";
  const SignInOutcome before = old.run();
  REQUIRE(before.grant);
  Scenario scenario(local("/new"));
  scenario.server.registration["client_id"] = "\"new-client\"";
  scenario.start.earlier = before.grant;
  scenario.start.registrations = {*before.registered};
  check_usual(scenario);
  CHECK(scenario.server.times_asked(local("/register")) == 1);
  CHECK(scenario.authorized("client_id") == "new-client");
  for (const WebRequest& one : scenario.server.seen)
    CHECK((one.url + one.body).find("old-client") == std::string::npos);
}

TEST_CASE("auth/iss-supported, -not-advertised, -supported-missing, -wrong-issuer, ...") {
  struct Case {
    const char* name;
    bool advertised;
    std::string iss;
    bool good;
  };
  const Case cases[] = {{"iss-supported", true, kLocal, true},
                        {"iss-not-advertised", false, "(none)", true},
                        {"iss-supported-missing", true, "(none)", false},
                        {"iss-wrong-issuer", true, "https://evil.example", false},
                        {"iss-unexpected", false, "https://evil.example", false},
                        {"iss-normalized", true, "http://LOCALHOST:41999/", false}};
  for (const Case& one : cases) {
    CAPTURE(one.name);
    Scenario scenario;
    scenario.server.metadata["authorization_response_iss_parameter_supported"] =
        one.advertised ? "true" : "false";
    scenario.server.redirect["iss"] = one.iss;
    CHECK(scenario.run().grant.has_value() == one.good);
    CHECK(scenario.server.was_asked(local("/token")) == one.good);
  }
}

TEST_CASE("auth/2025-03-26-oauth-metadata-backcompat, -endpoint-fallback") {
  Scenario scenario;
  scenario.server.routes.erase(kPath);
  check_usual(scenario);
  scenario.server.routes.erase(local("/.well-known/oauth-authorization-server"));
  check_usual(scenario);
}

TEST_CASE("auth/client-credentials-jwt, -basic") {
  Scenario scenario;
  scenario.start.settings.way = SignInWay::ClientCredentials;
  scenario.start.settings.client.id = "machine";
  scenario.start.settings.client.secret = Secret("machine-secret");
  scenario.server.secrets.emplace_back("machine-secret");
  REQUIRE(scenario.run().grant);
  CHECK(scenario.in_token_request("grant_type") == "client_credentials");
  CHECK(scenario.server.seen.back().fields.back().second ==
        "Basic " + base64("machine:machine-secret"));
  scenario.start.settings.client.secret = Secret();
  scenario.start.settings.client.private_key = Secret(kEcKey);
  scenario.server.metadata["token_endpoint_auth_methods_supported"] = "[\"private_key_jwt\"]";
  REQUIRE(scenario.run().grant);
  const std::string jwt = scenario.in_token_request("client_assertion");
  const size_t from = jwt.find('.') + 1;
  const auto claims = base64url_decoded(jwt.substr(from, jwt.rfind('.') - from));
  CHECK(walked(*claims)->root().find("aud").text_is(kLocal));
}

TEST_CASE("auth/enterprise-managed-authorization, auth/wif-jwt-bearer") {
  Scenario scenario;
  const std::string assertion =
      base64url(R"({"typ":"oauth-id-jag+jwt"})") + "." +
      base64url(R"({"aud":")" + std::string(kLocal) + R"(","resource":")" + local("/mcp") +
                R"(","client_id":"client"})") +
      ".c2ln";
  scenario.server.secrets.push_back(assertion);
  scenario.server.routes[local("/idp/token")] = [&](const WebRequest&) {
    return json_answer(200, R"({"token_type":"N_A","access_token":)" + quote(assertion) + "}");
  };
  SignInSettings& settings = scenario.start.settings;
  settings.way = SignInWay::Enterprise;
  settings.client.id = "client";
  settings.client.secret = Secret("client-secret");
  settings.provider_client.id = "idp-client";
  settings.provider_token_endpoint = local("/idp/token");
  settings.id_token = Secret("id-token");
  REQUIRE(scenario.run().grant);
  CHECK(scenario.in_token_request("assertion") == assertion);
  settings.way = SignInWay::WorkloadJwt;
  settings.assertion = Secret(assertion);
  REQUIRE(scenario.run().grant);
  CHECK(scenario.in_token_request("grant_type") == "urn:ietf:params:oauth:grant-type:jwt-bearer");
}
