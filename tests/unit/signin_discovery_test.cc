// Which metadata is asked for, and which servers are believed.
#include <string>

#include "callgate/wire/writer.h"
#include "signin_world.h"

using namespace callgate;

namespace {

constexpr const char* kPathDocument =
    "https://mcp.example/.well-known/oauth-protected-resource/mcp";
constexpr const char* kRootDocument = "https://mcp.example/.well-known/oauth-protected-resource";
constexpr const char* kServerDocument = "https://as.example/.well-known/oauth-authorization-server";

std::vector<std::string> asked_documents(const FakeServer& server) {
  std::vector<std::string> urls;
  for (const WebRequest& one : server.seen)
    if (one.url.find("/.well-known/") != std::string::npos) urls.push_back(one.url);
  return urls;
}

}  // namespace

TEST_CASE("a sign-in asks the server, its metadata and its authorization server") {
  FakeServer server;
  server.resource_metadata["scopes_supported"] = R"(["read","write"])";
  SignInStart start = start_for(server);
  start.settings.account = "work";
  const SignInOutcome done = sign_in_at(server, start);
  REQUIRE(done.grant);
  CHECK(asked_documents(server) == std::vector<std::string>{kPathDocument, kServerDocument});
  CHECK(form_value(server.authorized, "client_id") == "registered");
  CHECK(form_value(server.authorized, "redirect_uri") == kRedirectUri);
  CHECK(form_value(server.authorized, "resource") == server.mcp);
  CHECK(form_value(server.authorized, "scope") == "read write");
  CHECK(done.grant->issuer == "https://as.example");
  CHECK(done.grant->resource == server.mcp);
  CHECK(done.grant->client_id == "registered");
  CHECK(done.grant->account == "work");
  CHECK(done.grant->access_token.reveal() == server.secrets[server.secrets.size() - 2]);
  CHECK(done.grant->refresh_token.reveal() == server.secrets.back());
  CHECK(done.grant->expires == kSignInTime + std::chrono::hours(1));
  CHECK(done.grant->granted == Scopes{"read", "write"});
  CHECK(done.grant->client_auth == ClientAuth::None);
  CHECK(done.grant->token_endpoint == "https://as.example/token");
  CHECK(done.grant->overrides == "");
  for (const WebRequest& one : server.seen)
    for (const auto& field : one.fields) CHECK(field.first != "Authorization");
}

TEST_CASE("resource metadata is found at the path, without its last slash, and at the root") {
  FakeServer server("https://mcp.example/a/b/mcp/");
  const std::string at = "https://mcp.example/.well-known/oauth-protected-resource";
  SUBCASE("at the path as it is written") {
    CHECK(sign_in_at(server).grant);
    CHECK(asked_documents(server).front() == at + "/a/b/mcp/");
  }
  SUBCASE("without the last slash") {
    server.move(at + "/a/b/mcp/", at + "/a/b/mcp");
    CHECK(sign_in_at(server).grant);
  }
  SUBCASE("at the root") {
    server.move(at + "/a/b/mcp/", at);
    server.resource_metadata["resource"] = quote("https://mcp.example");
    const SignInOutcome done = sign_in_at(server);
    REQUIRE(done.grant);
    CHECK(asked_documents(server) ==
          std::vector<std::string>{at + "/a/b/mcp/", at + "/a/b/mcp", at, kServerDocument});
    CHECK(done.grant->resource == "https://mcp.example");
    CHECK(form_value(server.authorized, "resource") == "https://mcp.example");
  }
}

TEST_CASE("the query of the server's URL stays when its metadata is asked for, and is not shown") {
  FakeServer server;
  SignInStart start = start_for(server);
  start.settings.url += "?project_ref=abc#top";
  SignIn sign_in(start, kSignInTime, test_random(server));
  finish(sign_in, server);
  CHECK(std::holds_alternative<SignedIn>(sign_in.next()));
  CHECK(asked_documents(server).front() == std::string(kPathDocument) + "?project_ref=abc");
  for (const SignInTrace& step : sign_in.trace())
    CHECK(step.asked.find("project_ref") == std::string::npos);
}

TEST_CASE("metadata that WWW-Authenticate names is the only one that is asked for") {
  FakeServer server;
  server.www_authenticate = "Bearer resource_metadata=\"https://mcp.example/odd/place.json\"";
  SUBCASE("it is there") {
    server.move(kPathDocument, "https://mcp.example/odd/place.json");
    CHECK(sign_in_at(server).grant);
  }
  SUBCASE("it is not there") {
    const SignInOutcome done = sign_in_at(server);
    CHECK(done.code() == "signin.refused");
    CHECK(done.rule() == "RFC 9728 section 5.1");
    CHECK_FALSE(server.was_asked(kPathDocument));
  }
  SUBCASE("it is no URL that may be asked") {
    for (const char* bad :
         {"/odd/place.json", "file:///etc/passwd", "http://mcp.example/m",
          "https://u@mcp.example/m", "https://localhost/m", "http://127.0.0.1/m"}) {
      FakeServer hostile;
      hostile.www_authenticate = std::string("Bearer resource_metadata=\"") + bad + "\"";
      CHECK(sign_in_at(hostile).code() == "signin.rule");
      CHECK(hostile.seen.size() == 1);
    }
  }
}

TEST_CASE("metadata of another resource ends the sign-in before anything is registered") {
  struct Case {
    const char* resource;
    bool good;
  };
  const Case cases[] = {{"https://mcp.example/mcp", true},   {"https://MCP.example:443/mcp", true},
                        {"https://mcp.example/mcp/", true},  {"https://mcp.example", true},
                        {"https://mcp.example/", true},      {"https://evil.example/mcp", false},
                        {"https://mcp.example/mc", false},   {"https://mcp.example/mcp/x", false},
                        {"http://mcp.example/mcp", false},   {"https://mcp.example:444/mcp", false},
                        {"https://mcp.example/MCP", false},  {"https://mcp.example/mcp?a", false},
                        {"https://mcp.example/mcp#", false}, {"mcp.example/mcp", false}};
  for (const Case& one : cases) {
    CAPTURE(one.resource);
    FakeServer server;
    server.resource_metadata["resource"] = quote(one.resource);
    const SignInOutcome done = sign_in_at(server);
    CHECK(done.grant.has_value() == one.good);
    if (one.good) continue;
    CHECK(done.rule() == "RFC 9728 section 3.3");
    CHECK_FALSE(server.was_asked(kServerDocument));
    CHECK_FALSE(server.was_asked("https://as.example/register"));
  }
  FakeServer server;
  server.resource_metadata.erase("resource");
  CHECK(sign_in_at(server).rule() == "RFC 9728 section 3.3");
}

TEST_CASE("resource metadata must name an authorization server that may be asked") {
  for (const char* servers :
       {"[]", "null", "\"https://as.example\"", "[1]", "[\"\"]", "[\"javascript:alert(1)\"]",
        "[\"http://as.example\"]", "[\"https://127.0.0.1\"]"}) {
    FakeServer server;
    server.resource_metadata["authorization_servers"] = servers;
    const SignInOutcome done = sign_in_at(server);
    CHECK(done.code() == "signin.rule");
    CHECK_FALSE(server.was_asked(kServerDocument));
  }
}

TEST_CASE("the metadata of an issuer with a path is never asked for at the root") {
  FakeServer server("https://mcp.example/mcp", "https://as.example/tenant1");
  const std::string first = "https://as.example/.well-known/oauth-authorization-server/tenant1";
  const std::string second = "https://as.example/.well-known/openid-configuration/tenant1";
  const std::string third = "https://as.example/tenant1/.well-known/openid-configuration";
  const auto expect = [&](std::vector<std::string> urls) {
    CHECK(sign_in_at(server).grant);
    urls.insert(urls.begin(), kPathDocument);
    CHECK(asked_documents(server) == urls);
  };
  SUBCASE("RFC 8414") { expect({first}); }
  SUBCASE("OpenID Connect, inserted") {
    server.move(first, second);
    expect({first, second});
  }
  SUBCASE("OpenID Connect, appended") {
    server.move(first, third);
    expect({first, second, third});
  }
  SUBCASE("nowhere") {
    server.routes.erase(first);
    CHECK(sign_in_at(server).code() == "signin.rule");
    CHECK(asked_documents(server) == std::vector<std::string>{kPathDocument, first, second, third});
  }
}

TEST_CASE("the metadata of an issuer without a path may be OpenID Connect's") {
  FakeServer server;
  server.move(kServerDocument, "https://as.example/.well-known/openid-configuration");
  CHECK(sign_in_at(server).grant);
}

TEST_CASE("a server must call itself as the resource's metadata calls it") {
  struct Case {
    const char *named, *found;
    bool good;
  };
  const Case cases[] = {{"https://as.example", "https://as.example", true},
                        {"https://as.example/", "https://as.example/", true},
                        {"https://as.example/", "https://as.example", true},
                        {"https://as.example", "https://as.example/", false},
                        {"https://as.example/T", "https://as.example", false},
                        {"https://as.example", "https://AS.example", false},
                        {"https://as.example", "https://as.example:443", false},
                        {"https://as.example", "https://evil.example", false}};
  for (const Case& one : cases) {
    CAPTURE(one.named);
    CAPTURE(one.found);
    FakeServer server("https://mcp.example/mcp", one.named);
    server.metadata["issuer"] = quote(one.found);
    const SignInOutcome done = sign_in_at(server);
    CHECK(done.grant.has_value() == one.good);
    if (one.good) {
      CHECK(done.grant->issuer == one.found);
      continue;
    }
    CHECK(done.rule() == "RFC 8414 section 3.3");
    CHECK(done.error->error.message.find(one.named) != std::string::npos);
    CHECK(done.error->error.message.find(one.found) != std::string::npos);
    CHECK(done.error->error.next.find("\"issuer\"") != std::string::npos);
    CHECK_FALSE(server.was_asked("https://as.example/register"));
    // The settings can say which name is right.
    SignInStart start = start_for(server);
    start.settings.issuer = one.found;
    const SignInOutcome pinned = sign_in_at(server, start);
    REQUIRE(pinned.grant);
    CHECK_FALSE(pinned.grant->overrides.empty());
  }
  FakeServer server;
  server.metadata.erase("issuer");
  CHECK(sign_in_at(server).rule() == "RFC 8414 section 3.3");
}

TEST_CASE("the trace names the settings that weaken checks") {
  FakeServer server;
  SignInStart start = start_for(server);
  start.settings.issuer = "https://as.example";
  start.settings.assume_pkce = true;
  start.settings.omit_resource = true;
  SignIn sign_in(start, kSignInTime, test_random(server));
  finish(sign_in, server);
  CHECK(
      sign_in.trace().front().came ==
      "the issuer must be \"https://as.example\", PKCE is assumed, the parameter resource is left "
      "out");
  CHECK(form_value(server.authorized, "resource") == "");
  CHECK_FALSE(std::get<SignedIn>(sign_in.next()).grant.send_resource);
}

TEST_CASE("PKCE must be promised, unless the settings assume it") {
  for (const char* methods : {"", "[]", "[\"plain\"]", "\"S256\""}) {
    FakeServer server;
    server.metadata.erase("code_challenge_methods_supported");
    if (*methods != '\0') server.metadata["code_challenge_methods_supported"] = methods;
    const SignInOutcome done = sign_in_at(server);
    CHECK(done.code() == "signin.rule");
    CHECK(done.error->error.next.find("\"pkce\": \"assume\"") != std::string::npos);
    CHECK_FALSE(server.was_asked("https://as.example/register"));
    SignInStart start = start_for(server);
    start.settings.assume_pkce = true;
    CHECK(sign_in_at(server, start).grant);
  }
}

TEST_CASE("a server without an endpoint that is needed is refused before anything is registered") {
  for (const char* bad :
       {"", "javascript:alert(1)", "file:///etc/passwd", "http://as.example/x",
        "https://a:b@as.example/x", "https://localhost/x", "https://as.example/#"}) {
    for (const char* endpoint : {"authorization_endpoint", "token_endpoint"}) {
      FakeServer server;
      server.metadata[endpoint] = quote(bad);
      CHECK(sign_in_at(server).code() == "signin.rule");
      CHECK_FALSE(server.was_asked("https://as.example/register"));
    }
  }
  FakeServer server;
  server.metadata["response_types_supported"] = "[\"token\"]";
  CHECK(sign_in_at(server).rule() == "RFC 8414 section 2");
}

TEST_CASE("endpoints on other hosts than the issuer's are normal") {
  FakeServer server;
  server.metadata["token_endpoint"] = quote("https://api.example/oauth/token");
  server.move("https://as.example/token", "https://api.example/oauth/token");
  CHECK(sign_in_at(server).grant);
}

TEST_CASE("without metadata, the server's origin is the authorization server of 2025-03-26") {
  FakeServer server("https://mcp.example/mcp/", "https://mcp.example");
  server.routes.erase("https://mcp.example/.well-known/oauth-protected-resource/mcp/");
  const std::string document = "https://mcp.example/.well-known/oauth-authorization-server";
  SUBCASE("which describes itself") {
    server.metadata.erase("code_challenge_methods_supported");
    const SignInOutcome done = sign_in_at(server);
    REQUIRE(done.grant);
    CHECK(done.grant->issuer == "https://mcp.example");
    CHECK(done.grant->resource == "https://mcp.example/mcp");
    CHECK(form_value(server.authorized, "resource") == "https://mcp.example/mcp");
  }
  SUBCASE("which calls itself with a slash") {
    server.metadata["issuer"] = quote("https://mcp.example/");
    CHECK(sign_in_at(server).grant);
  }
  SUBCASE("which calls itself otherwise") {
    server.metadata["issuer"] = quote("https://other.example");
    CHECK(sign_in_at(server).rule() == "RFC 8414 section 3.3");
  }
  SUBCASE("which has the default endpoints") {
    server.routes.erase(document);
    const SignInOutcome done = sign_in_at(server);
    REQUIRE(done.grant);
    CHECK(done.grant->token_endpoint == "https://mcp.example/token");
    CHECK(server.was_asked("https://mcp.example/register"));
  }
  SUBCASE("which answers its metadata with another status than 404") {
    server.routes[document] = [](const WebRequest&) { return json_answer(403, "{}"); };
    CHECK(sign_in_at(server).code() == "signin.refused");
    CHECK_FALSE(server.was_asked("https://mcp.example/register"));
  }
  SUBCASE("but only if the server demands a sign-in") {
    server.routes.erase(document);
    server.routes[server.mcp] = [](const WebRequest&) { return json_answer(200, "{}"); };
    CHECK(sign_in_at(server).code() == "signin.not_needed");
  }
}

TEST_CASE("no endpoint is guessed after an error, a broken document or a wrong resource") {
  const std::vector<WebAnswer> answers = {json_answer(500, ""),   json_answer(503, "{}"),
                                          json_answer(429, "{}"), json_answer(200, "<html>"),
                                          json_answer(200, "[]"), json_answer(302, "")};
  for (const WebAnswer& answer : answers) {
    CAPTURE(answer.status);
    FakeServer server("https://mcp.example/mcp", "https://mcp.example");
    server.routes[kPathDocument] = [&](const WebRequest&) { return answer; };
    CHECK_FALSE(sign_in_at(server).grant);
    CHECK(asked_documents(server).size() == 1);
    FakeServer other;
    other.routes[kServerDocument] = [&](const WebRequest&) { return answer; };
    CHECK_FALSE(sign_in_at(other).grant);
    CHECK(asked_documents(other).size() == 2);
  }
}

TEST_CASE("502 makes discovery look further, but not guess") {
  FakeServer server;
  server.move(kPathDocument, kRootDocument);
  server.routes[kPathDocument] = [](const WebRequest&) { return json_answer(502, ""); };
  CHECK(sign_in_at(server).grant);
  server.routes[kRootDocument] = [](const WebRequest&) { return json_answer(404, ""); };
  const SignInOutcome done = sign_in_at(server);
  CHECK(done.code() == "signin.unavailable");
}

TEST_CASE("documents may have 256 KiB and no byte more") {
  for (const char* document : {kPathDocument, kServerDocument}) {
    for (const size_t more : {0, 1}) {
      CAPTURE(more);
      FakeServer server;
      const FakeServer::Route small = server.routes[document];
      server.routes[document] = [&](const WebRequest& request) {
        WebAnswer answer = small(request);
        answer.body.append(kLargestMetadata - answer.body.size() + more, ' ');
        return answer;
      };
      const SignInOutcome done = sign_in_at(server);
      CHECK(done.grant.has_value() == (more == 0));
      if (more > 0) CHECK(done.code() == "signin.malformed");
      if (more > 0) CHECK(done.error->error.message.find("256 KiB") != std::string::npos);
    }
  }
}

TEST_CASE("a document that names a member twice is refused") {
  FakeServer server;
  server.routes[kPathDocument] = [](const WebRequest&) {
    return json_answer(200, R"({"resource":"https://mcp.example/mcp","resource":"https://x"})");
  };
  CHECK(sign_in_at(server).code() == "signin.malformed");
}

TEST_CASE("what the server answers without a token decides whether to go on") {
  const auto with = [](int status, const char* challenge, const char* body) {
    FakeServer server;
    server.routes[server.mcp] = [=](const WebRequest&) {
      WebAnswer answer = json_answer(status, body);
      if (*challenge != '\0') answer.fields.emplace_back("WWW-Authenticate", challenge);
      return answer;
    };
    return sign_in_at(server).code();
  };
  CHECK(with(401, "", "") == "");
  CHECK(with(200, "", "{}") == "");  // some servers let everybody initialize
  CHECK(with(400, "", R"({"error":"invalid_token"})") == "");
  CHECK(with(401, "Basic realm=x", "") == "signin.refused");
  CHECK(with(403, "", "") == "signin.refused");
  CHECK(with(429, "", "") == "signin.unavailable");
  CHECK(with(503, "", "") == "signin.unavailable");
  CHECK(with(307, "", "") == "signin.refused");
}

TEST_CASE("the server's URL must be https, except on this machine") {
  for (const char* url : {"http://mcp.example/mcp", "ftp://mcp.example", "https://u:p@mcp.example/",
                          "", "mcp.example"}) {
    FakeServer server;
    SignInStart start = start_for(server);
    start.settings.url = url;
    CHECK(sign_in_at(server, start).code() == "signin.settings");
    CHECK(server.seen.empty());
  }
  FakeServer local("http://localhost:8080/mcp", "http://127.0.0.1:9090");
  CHECK(sign_in_at(local).grant);
}

TEST_CASE("of several authorization servers, one at which we can be a client is taken") {
  FakeServer server;
  FakeServer other("https://mcp.example/mcp", "https://other.example");
  for (const auto& [url, route] : other.routes)
    if (url.starts_with("https://other.example")) server.routes[url] = route;
  server.resource_metadata["authorization_servers"] =
      R"(["https://as.example","https://other.example"])";
  SUBCASE("the first") { CHECK(sign_in_at(server).grant->issuer == "https://as.example"); }
  SUBCASE("the second") {
    server.metadata.erase("registration_endpoint");
    SignInStart start = start_for(server);
    SignIn sign_in(start, kSignInTime, test_random(server));
    while (std::holds_alternative<SendRequest>(sign_in.next())) {
      const WebRequest request = std::get<SendRequest>(sign_in.next()).request;
      sign_in.answer(server(request), kSignInTime);
    }
    REQUIRE(std::holds_alternative<OpenBrowser>(sign_in.next()));
    CHECK(
        std::get<OpenBrowser>(sign_in.next()).url.starts_with("https://other.example/authorize?"));
  }
  SUBCASE("the one that has signed us in before") {
    SignInStart start = start_for(server);
    start.earlier = Grant();
    start.earlier->issuer = "https://other.example";
    SignIn sign_in(start, kSignInTime, test_random(server));
    while (std::holds_alternative<SendRequest>(sign_in.next())) {
      const WebRequest request = std::get<SendRequest>(sign_in.next()).request;
      sign_in.answer(server(request), kSignInTime);
    }
    CHECK(
        std::get<OpenBrowser>(sign_in.next()).url.starts_with("https://other.example/authorize?"));
  }
  SUBCASE("none") {
    server.metadata.erase("registration_endpoint");
    other.metadata.erase("registration_endpoint");
    const SignInOutcome done = sign_in_at(server);
    CHECK(done.code() == "signin.client_needed");
    CHECK(done.error->error.message.find("https://as.example") != std::string::npos);
  }
}
