// Refreshing a grant, what to delete after a failure, signing out, and the stored forms.
#include <string>

#include "callgate/wire/writer.h"
#include "signin_world.h"
#include "test_keys.h"

using namespace callgate;
using std::chrono::seconds;

namespace {

constexpr const char* kTokenPlace = "https://as.example/token";

Grant old_grant() {
  Grant grant;
  grant.issuer = "https://as.example";
  grant.resource = "https://mcp.example/mcp";
  grant.client_id = "registered";
  grant.access_token = Secret("old-access");
  grant.refresh_token = Secret("old-refresh/+");
  grant.obtained = kSignInTime - seconds(3600);
  grant.expires = kSignInTime;
  grant.granted = grant.requested = {"a", "b"};
  grant.token_endpoint = kTokenPlace;
  grant.revocation_endpoint = "https://as.example/revoke";
  return grant;
}

ClientIdentity old_client() {
  ClientIdentity client;
  client.id = "registered";
  return client;
}

struct Refreshed {
  explicit Refreshed(Grant grant = old_grant(), ClientIdentity client = old_client())
      : refresh("example", std::move(grant), std::move(client), kSignInTime) {}

  void answer(int status, const std::string& body) {
    REQUIRE(std::holds_alternative<SendRequest>(refresh.next()));
    sent.push_back(std::get<SendRequest>(refresh.next()).request);
    refresh.answer(json_answer(status, body), kSignInTime);
  }
  void lose() {
    REQUIRE(std::holds_alternative<SendRequest>(refresh.next()));
    sent.push_back(std::get<SendRequest>(refresh.next()).request);
    refresh.answer(Error{"web.reset", "the connection was reset", ""}, kSignInTime);
  }
  const RefreshFailed& failed() const {
    REQUIRE(std::holds_alternative<RefreshFailed>(refresh.next()));
    const auto& failure = std::get<RefreshFailed>(refresh.next());
    FakeServer nobody;
    nobody.secrets = {"old-access", "old-refresh/+", "new-access", "new-refresh", "other-refresh"};
    check_no_secrets(refresh.trace(), &failure.error, nobody);
    CHECK_FALSE(failure.error.error.next.empty());
    return failure;
  }
  const Grant& grant() const {
    REQUIRE(std::holds_alternative<SignedIn>(refresh.next()));
    return std::get<SignedIn>(refresh.next()).grant;
  }

  TokenRefresh refresh;
  std::vector<WebRequest> sent;
};

constexpr const char* kNewTokens =
    R"({"access_token":"new-access","token_type":"Bearer","expires_in":60,)"
    R"("refresh_token":"new-refresh"})";

AfterRefresh after(int status, const std::string& body) {
  Refreshed one;
  one.answer(status, body);
  if (std::holds_alternative<ReadStoreAgain>(one.refresh.next()))
    one.refresh.stored(old_grant(), kSignInTime);
  return one.failed().then;
}

}  // namespace

TEST_CASE("a refresh replaces the tokens and keeps the rest") {
  Refreshed one;
  one.answer(200, kNewTokens);
  CHECK(one.sent[0].url == kTokenPlace);
  CHECK(read_form(one.sent[0].body) == FormFields{{"grant_type", "refresh_token"},
                                                  {"refresh_token", "old-refresh/+"},
                                                  {"resource", "https://mcp.example/mcp"},
                                                  {"client_id", "registered"}});
  const Grant& grant = one.grant();
  CHECK(grant.access_token.reveal() == "new-access");
  CHECK(grant.refresh_token.reveal() == "new-refresh");
  CHECK(grant.obtained == kSignInTime);
  CHECK(grant.expires == kSignInTime + seconds(60));
  CHECK(grant.issuer == "https://as.example");
  CHECK(grant.granted == Scopes{"a", "b"});
}

TEST_CASE("without a new refresh token the old one stays, and the scope may be narrowed") {
  Refreshed one;
  one.answer(200, R"({"access_token":"new-access","token_type":"bearer","scope":"a"})");
  CHECK(one.grant().refresh_token.reveal() == "old-refresh/+");
  CHECK(one.grant().granted == Scopes{"a"});
  CHECK(one.grant().requested == Scopes{"a", "b"});
  CHECK_FALSE(one.grant().expires);
}

TEST_CASE("the client authenticates as it did when it signed in") {
  Grant grant = old_grant();
  grant.client_auth = ClientAuth::Post;
  grant.send_resource = false;
  ClientIdentity client = old_client();
  client.secret = Secret("s3cret");
  Refreshed one(grant, client);
  one.answer(200, kNewTokens);
  CHECK(read_form(one.sent[0].body) == FormFields{{"grant_type", "refresh_token"},
                                                  {"refresh_token", "old-refresh/+"},
                                                  {"client_id", "registered"},
                                                  {"client_secret", "s3cret"}});
  grant.client_auth = ClientAuth::PrivateKeyJwt;
  client.private_key = Secret("no key");
  CHECK(Refreshed(grant, client).failed().then == AfterRefresh::Stop);
}

TEST_CASE("the error decides what is deleted") {
  const auto error = [](const char* code) { return "{\"error\":" + quote(code) + "}"; };
  CHECK(after(400, error("invalid_grant")) == AfterRefresh::DeleteTokens);
  CHECK(after(200, error("invalid_grant")) == AfterRefresh::DeleteTokens);
  CHECK(after(400, error("invalid_token")) == AfterRefresh::DeleteTokens);
  CHECK(after(401, error("invalid_client")) == AfterRefresh::DeleteRegistration);
  CHECK(after(400, error("unauthorized_client")) == AfterRefresh::DeleteRegistration);
  CHECK(after(400, error("invalid_scope")) == AfterRefresh::Stop);
  CHECK(after(400, error("invalid_target")) == AfterRefresh::Stop);
  CHECK(after(400, error("invalid_request")) == AfterRefresh::Keep);
  for (const int status : {404, 403, 307, 429, 500, 502, 503})
    CHECK(after(status, "<html>") == AfterRefresh::Keep);
  for (const char* odd : {"", "[]", "<html>", R"({"access_token":"new-access"})"})
    CHECK(after(200, odd) == AfterRefresh::Keep);
  CHECK(after(200, std::string(kLargestTokenAnswer + 1, ' ')) == AfterRefresh::Keep);
}

TEST_CASE("after tokens were deleted, the next step is to sign in") {
  Refreshed one;
  one.answer(401, R"({"error":"invalid_client"})");
  CHECK(one.failed().error.error.next.find("callgate auth login example") != std::string::npos);
}

TEST_CASE("a busy server is left alone as long as it wants") {
  Refreshed one;
  REQUIRE(std::holds_alternative<SendRequest>(one.refresh.next()));
  one.refresh.answer(WebAnswer{.status = 429,
                               .fields = {{"Date", "Fri, 15 Jan 2027 09:00:00 GMT"},
                                          {"Retry-After", "Fri, 15 Jan 2027 09:02:00 GMT"}},
                               .body = ""},
                     kSignInTime);
  CHECK(one.failed().then == AfterRefresh::Keep);
  CHECK(one.failed().error.retry_after == seconds(120));
}

TEST_CASE("what the settings must change is named") {
  Refreshed one;
  one.answer(400, R"({"error":"invalid_scope"})");
  CHECK(one.failed().error.error.message.find("\"a b\"") != std::string::npos);
}

TEST_CASE("a refused refresh token is compared with the store before the tokens are deleted") {
  Refreshed one;
  one.answer(400, R"({"error":"invalid_grant"})");
  REQUIRE(std::holds_alternative<ReadStoreAgain>(one.refresh.next()));
  Grant other = old_grant();
  other.refresh_token = Secret("other-refresh");
  SUBCASE("another program has replaced it") {
    one.refresh.stored(other, kSignInTime);
    one.answer(200, kNewTokens);
    CHECK(form_value(read_form(one.sent[1].body), "refresh_token") == "other-refresh");
    CHECK(one.grant().refresh_token.reveal() == "new-refresh");
  }
  SUBCASE("the other one is refused, too") {
    one.refresh.stored(other, kSignInTime);
    one.answer(400, R"({"error":"invalid_grant"})");
    CHECK(one.failed().then == AfterRefresh::DeleteTokens);
  }
  SUBCASE("the store has the same") {
    one.refresh.stored(old_grant(), kSignInTime);
    CHECK(one.failed().then == AfterRefresh::DeleteTokens);
  }
  SUBCASE("the store has none") {
    one.refresh.stored(std::nullopt, kSignInTime);
    CHECK(one.failed().then == AfterRefresh::DeleteTokens);
  }
  SUBCASE("the store has one without a refresh token") {
    other.refresh_token = Secret();
    one.refresh.stored(other, kSignInTime);
    CHECK(one.failed().then == AfterRefresh::DeleteTokens);
  }
}

TEST_CASE("after a lost answer the same request is repeated once") {
  Refreshed one;
  one.lose();
  SUBCASE("the server gives the new tokens again") {
    one.answer(200, kNewTokens);
    CHECK(one.sent[1].body == one.sent[0].body);
    CHECK(one.grant().access_token.reveal() == "new-access");
  }
  SUBCASE("the server has used up the refresh token") {
    one.answer(400, R"({"error":"invalid_grant"})");
    one.refresh.stored(old_grant(), kSignInTime);
    CHECK(one.failed().then == AfterRefresh::DeleteTokens);
  }
  SUBCASE("the second answer is lost, too") {
    one.lose();
    CHECK(one.failed().then == AfterRefresh::Keep);
    CHECK(one.failed().error.error.code == "signin.unavailable");
  }
}

TEST_CASE("a grant without a refresh token cannot be refreshed") {
  Grant grant = old_grant();
  grant.refresh_token = Secret();
  const Refreshed one(grant);
  CHECK(one.failed().then == AfterRefresh::DeleteTokens);
  CHECK(one.failed().error.error.message.find("no refresh token") != std::string::npos);
}

TEST_CASE("a token is refreshed a tenth of its life before its end, or 30 seconds") {
  Grant grant = old_grant();
  grant.obtained = kSignInTime;
  grant.expires = kSignInTime + seconds(3600);
  CHECK(refresh_time(grant) == kSignInTime + seconds(3240));
  grant.expires = kSignInTime + seconds(60);
  CHECK(refresh_time(grant) == kSignInTime + seconds(30));
  grant.expires = std::nullopt;
  CHECK_FALSE(refresh_time(grant));
}

TEST_CASE("a token goes to the origin of its resource only") {
  const Grant grant = old_grant();
  for (const char* url : {"https://mcp.example/mcp", "https://MCP.example:443/other?x"})
    CHECK(grant.may_go_to(*parse_url(url)));
  for (const char* url :
       {"http://mcp.example/mcp", "https://mcp.example:8443/mcp", "https://evil.example/mcp"})
    CHECK_FALSE(grant.may_go_to(*parse_url(url)));
}

TEST_CASE("signing out revokes both tokens") {
  const auto requests = revocation_requests(old_grant(), old_client(), kSignInTime);
  REQUIRE(requests);
  REQUIRE(requests->size() == 2);
  CHECK((*requests)[0].url == "https://as.example/revoke");
  CHECK(read_form((*requests)[0].body) == FormFields{{"token", "old-refresh/+"},
                                                     {"token_type_hint", "refresh_token"},
                                                     {"client_id", "registered"}});
  CHECK(form_value(read_form((*requests)[1].body), "token") == "old-access");
  Grant grant = old_grant();
  grant.revocation_endpoint.clear();
  CHECK(revocation_requests(grant, old_client(), kSignInTime)->empty());
  grant = old_grant();
  grant.client_auth = ClientAuth::PrivateKeyJwt;
  CHECK_FALSE(revocation_requests(grant, old_client(), kSignInTime));
  CHECK(read_revocation(json_answer(200, "")));
  CHECK(read_revocation(json_answer(503, "")).error().code == "signin.unavailable");
  CHECK(read_revocation(json_answer(400, R"({"error":"unsupported_token_type"})"))
            .error()
            .message.find("unsupported_token_type") != std::string::npos);
}

TEST_CASE("the revocation endpoint is kept only if it may be asked") {
  FakeServer server;
  server.metadata["revocation_endpoint"] = quote("https://as.example/revoke");
  CHECK(sign_in_at(server).grant->revocation_endpoint == "https://as.example/revoke");
  server.metadata["revocation_endpoint"] = quote("http://as.example/revoke");
  CHECK(sign_in_at(server).grant->revocation_endpoint == "");
}

TEST_CASE("a grant is written and read again") {
  Grant grant = old_grant();
  grant.account = "work \xc3\xa9";
  grant.iss = "https://as.example";
  grant.client_auth = ClientAuth::Post;
  grant.send_resource = false;
  grant.overrides = "abc";
  const std::string text = grant_json(grant);
  const auto read = read_grant(text);
  REQUIRE(read);
  CHECK(grant_json(*read) == text);
  CHECK(read->account == grant.account);
  CHECK((read->refresh_token == grant.refresh_token));
  CHECK(read->expires == grant.expires);
  grant.refresh_token = Secret();
  grant.expires = std::nullopt;
  const auto other = read_grant(grant_json(grant));
  REQUIRE(other);
  CHECK(other->refresh_token.empty());
  CHECK_FALSE(other->expires);
}

TEST_CASE("what is no grant is not read, and its text is not repeated") {
  const std::string good = grant_json(old_grant());
  for (std::string bad : {std::string("{}"), std::string("[]"), std::string("old-access"),
                          good.substr(0, good.size() - 1), "{\"issuer\":\"x\"," + good.substr(1)}) {
    const auto read = read_grant(bad);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == "signin.stored");
    CHECK(read.error().text().find("old-access") == std::string::npos);
  }
  std::string late = good;
  late.replace(late.find("1800000000"), 10, "9e18000000");
  const auto read = read_grant(late);
  REQUIRE(read);
  CHECK_FALSE(read->expires);
}

TEST_CASE("a registration is stored with the server's whole answer") {
  FakeServer server;
  server.registration["client_secret"] = "\"s3cret\"";
  server.registration["client_secret_expires_at"] = "1800000100";
  server.registration["registration_access_token"] = "\"r3gister\"";
  const SignInOutcome done = sign_in_at(server);
  REQUIRE(done.registered);
  const std::string text = registration_json(*done.registered);
  CHECK(text.find("r3gister") != std::string::npos);
  const auto read = read_registration(text);
  REQUIRE(read);
  CHECK(registration_json(*read) == text);
  CHECK(read->client_id == "registered");
  CHECK(read->client_secret.reveal() == "s3cret");
  CHECK(read->secret_expires == Micros(seconds(1'800'000'100)));
  CHECK(read->is_valid(kSignInTime + seconds(99)));
  CHECK_FALSE(read->is_valid(kSignInTime + seconds(100)));
  for (const char* bad : {"{}", "[]", R"({"answer":{}})", R"({"answer":"s3cret"})"})
    CHECK(read_registration(bad).error().code == "signin.stored");
}

TEST_CASE("a secret that never expires is valid for ever") {
  for (const char* never : {"0", "null", "-1"}) {
    const auto read = read_registration(
        R"({"answer":{"client_id":"c","client_secret":"s","client_secret_expires_at":)" +
        std::string(never) + "}}");
    REQUIRE(read);
    CHECK_FALSE(read->secret_expires);
  }
}
