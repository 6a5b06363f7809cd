// Sign-ins to remote servers: the store, and the token of each request.
#include <sys/stat.h>

#include "app/sign_ins/grant_lock.h"
#include "app/sign_ins/server_sign_in.h"
#include "app_support.h"
#include "callgate/app/sign_ins.h"
#include "remote_support.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

/// A state folder, a server that refreshes tokens, and the time now.
struct SignInRig {
  explicit SignInRig(TestServer::Handler handler = nullptr)
      : server(loop, std::move(handler)), http(loop), store(folder.path) {}

  SignInTarget target() const {
    return {.server = "linear", .account = "", .url = server.url(), .config = {}, .network = {}};
  }
  /// A grant whose access token expires after `life`, and that was obtained ten minutes ago.
  Grant grant(std::chrono::seconds life, const std::string& token = "first") const {
    Grant grant;
    grant.issuer = server.url("");
    grant.resource = server.url();
    grant.client_id = "client";
    grant.access_token = Secret(token);
    grant.refresh_token = Secret("refresh-" + token);
    grant.obtained = loop.now().wall - 10min;
    grant.expires = loop.now().wall + life;
    grant.token_endpoint = server.url("/token");
    const auto settings = sign_in_settings(target(), "");
    grant.overrides = settings->overrides_digest();
    return grant;
  }
  void keep(const Grant& grant) {
    StoredSignIn sign_in;
    sign_in.key = target().key();
    sign_in.grant = grant;
    REQUIRE(store.write(sign_in).ok());
  }
  std::unique_ptr<ServerSignIn> session() {
    return std::make_unique<ServerSignIn>(
        loop, http, folder.path, target(),
        ServerSignInEvents{.on_grant = [this](const Grant&) { ++grants; },
                           .on_required = [this] { ++required; }});
  }
  Result<std::string> authorize(ServerSignIn& session) {
    std::optional<Result<std::string>> result;
    session.authorize([&](Result<std::string> value) { result.emplace(std::move(value)); });
    run_until(loop, [&] { return result.has_value(); });
    return *result;
  }
  Result<bool> refused(ServerSignIn& session, const std::string& sent,
                       const std::string& challenge = "Bearer error=\"invalid_token\"",
                       int status = 401) {
    std::optional<Result<bool>> result;
    session.refused({.status = status, .fields = {{"WWW-Authenticate", challenge}}, .body = ""},
                    sent, [&](Result<bool> again) { result.emplace(std::move(again)); });
    run_until(loop, [&] { return result.has_value(); });
    return *result;
  }
  /// What is stored, once the last write is done.
  StoredSignIn stored(const std::function<bool(const StoredSignIn&)>& holds) {
    std::optional<StoredSignIn> found;
    CHECK(wait_for(loop, [&] {
      auto read = store.read(target().key());
      if (read && *read && holds(**read)) found = **read;
      return found.has_value();
    }));
    return found.value_or(StoredSignIn{});
  }

  mutable Loop loop;
  Folder folder;
  TestServer server;
  HttpLoop http;
  SignInStore store;
  int grants = 0, required = 0;
};

void give_token(TestExchange& exchange) {
  exchange.json(R"({"access_token":"second","refresh_token":"refresh-second",)"
                R"("token_type":"Bearer","expires_in":3600})");
}

}  // namespace

TEST_CASE("the store keeps sign-ins and registered clients in a file for their owner only") {
  SignInRig rig;
  CHECK(rig.store.version() == 0);
  CHECK_FALSE(rig.store.read(rig.target().key())->has_value());
  StoredSignIn work;
  work.key = {.url = "https://h/mcp", .account = "work"};
  work.why_none = "because";
  work.demand = SignInDemand{.kind = SignInDemand::Kind::MoreScopes,
                             .resource_metadata = "https://h/meta",
                             .scopes = {"a", "b"},
                             .error = "e",
                             .error_description = "d"};
  REQUIRE(rig.store.write(work).ok());
  const int64_t first = rig.store.version();
  rig.keep(rig.grant(1h));
  CHECK(rig.store.version() != first);
  const auto back = rig.store.read(work.key);
  REQUIRE(back->has_value());
  CHECK((*back)->why_none == "because");
  CHECK((*back)->demand->scopes == Scopes{"a", "b"});
  CHECK((*back)->demand->kind == SignInDemand::Kind::MoreScopes);
  CHECK((*rig.store.read(rig.target().key()))->grant->access_token == Secret("first"));
  CHECK(rig.store.all()->size() == 2);
  CHECK(rig.store.place(work.key) == "file");
  struct stat about {};
  REQUIRE(::stat((rig.folder.path + "/sign-ins/secrets").c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);

  ClientRegistration client;
  client.issuer = "https://as";
  client.redirect_uri = "http://127.0.0.1:1/callback";
  client.client_id = "abc";
  client.answer = Secret(R"({"client_id":"abc"})");
  REQUIRE(rig.store.write(client).ok());
  CHECK(rig.store.registrations()->at(0).client_id == "abc");
  CHECK(rig.store.remove_registration(client.issuer, client.redirect_uri).ok());
  CHECK(rig.store.registrations()->empty());
  CHECK(rig.store.remove(work.key).ok());
  CHECK(rig.store.all()->size() == 1);
}

TEST_CASE("a server that wants a sign-in is asked once, and then the answer names the command") {
  SignInRig rig;
  const auto session = rig.session();
  CHECK(*rig.authorize(*session) == "");
  const auto again = rig.refused(*session, "", "Bearer resource_metadata=\"https://h/m\"");
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().code == kSignInRequired);
  CHECK(again.error().text() ==
        "server 'linear' needs a sign-in (signin.required); a person can sign in with: "
        "callgate auth login linear");
  CHECK(rig.required == 1);
  const auto stored =
      rig.stored([](const StoredSignIn& found) { return found.demand.has_value(); });
  CHECK(stored.demand->resource_metadata == "https://h/m");
  CHECK(rig.authorize(*session).error().code == kSignInRequired);
  CHECK(rig.authorize(*rig.session()).error().code == kSignInRequired);
  CHECK(rig.server.requests.empty());

  rig.keep(rig.grant(1h));  // as a login on the command line does
  CHECK(*rig.authorize(*session) == "Bearer first");
  CHECK(rig.store.remove(rig.target().key()).ok());
  CHECK(*rig.authorize(*session) == "");
}

TEST_CASE("ten sessions renew an expired grant with one request") {
  SignInRig rig(give_token);
  rig.keep(rig.grant(-1s));
  std::vector<std::unique_ptr<ServerSignIn>> sessions;
  std::vector<std::string> values;
  for (int i = 0; i < 10; ++i) {
    sessions.push_back(rig.session());
    for (int call = 0; call < 3; ++call)
      sessions.back()->authorize([&](const Result<std::string>& value) {
        values.push_back(value ? *value : value.error().message);
      });
  }
  run_until(rig.loop, [&] { return values.size() == 30; });
  CHECK(std::count(values.begin(), values.end(), "Bearer second") == 30);
  REQUIRE(rig.server.requests.size() == 1);
  CHECK(rig.server.requests[0]->body.find("refresh_token=refresh-first") != std::string::npos);
  const auto stored = rig.store.read(rig.target().key());
  CHECK((*stored)->grant->refresh_token == Secret("refresh-second"));
}

TEST_CASE("a refused token is renewed once, and a refused new token needs a person") {
  SignInRig rig(give_token);
  rig.keep(rig.grant(1h));
  const auto session = rig.session();
  CHECK(*rig.authorize(*session) == "Bearer first");
  CHECK(*rig.refused(*session, "Bearer first"));
  CHECK(*rig.authorize(*session) == "Bearer second");
  // Another request had the old token, too.
  CHECK(*rig.refused(*session, "Bearer first"));
  CHECK(rig.server.requests.size() == 1);
  const auto again = rig.refused(*session, "Bearer second",
                                 "Bearer error=\"invalid_token\", error_description=\"no\"");
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().message ==
        "server 'linear' needs a new sign-in, because the server no longer accepts the sign-in "
        "(it says: \"no\")");
  CHECK(rig.server.requests.size() == 1);
  CHECK(rig.required == 1);
}

TEST_CASE("a new token that is refused while another process renews it needs no person") {
  SignInRig rig;
  Grant grant = rig.grant(1h);
  grant.obtained = rig.loop.now().wall;
  rig.keep(grant);
  const auto session = rig.session();
  CHECK(*rig.authorize(*session) == "Bearer first");
  auto lock = GrantLock::try_lock(rig.store.lock_path(rig.target().key()));
  Timer later(rig.loop);
  later.start(Millis{100}, [&] {
    rig.keep(rig.grant(1h, "second"));
    lock.reset();
  });
  CHECK(*rig.refused(*session, "Bearer first"));
  CHECK(*rig.authorize(*session) == "Bearer second");
  CHECK(rig.required == 0);
}

TEST_CASE("a grant that has ended is deleted, and the reason is kept") {
  SignInRig rig([](TestExchange& exchange) {
    exchange.json(R"({"error":"invalid_grant","error_description":"Grant not found"})", 400);
  });
  rig.keep(rig.grant(-1s));
  const auto session = rig.session();
  const auto value = rig.authorize(*session);
  REQUIRE_FALSE(value.ok());
  CHECK(value.error().code == kSignInRequired);
  CHECK(value.error().message.find("needs a new sign-in, because ") != std::string::npos);
  CHECK(rig.required == 1);
  const auto stored = rig.store.read(rig.target().key());
  CHECK_FALSE((*stored)->grant);
  CHECK_FALSE((*stored)->why_none.empty());
  CHECK_FALSE(rig.authorize(*session).ok());
  CHECK(rig.server.requests.size() == 1);
}

TEST_CASE("a process that ended during a renewal is named as the cause of a lost sign-in") {
  SignInRig rig([](TestExchange& exchange) { exchange.json(R"({"error":"invalid_grant"})", 400); });
  rig.keep(rig.grant(-1s));
  GrantLock::try_lock(rig.store.lock_path(rig.target().key()))->begin();
  const auto value = rig.authorize(*rig.session());
  REQUIRE_FALSE(value.ok());
  CHECK(value.error().message.find("ended while it was renewing the sign-in") != std::string::npos);
}

TEST_CASE("a token that is still valid is used while it cannot be renewed") {
  SignInRig rig([](TestExchange& exchange) { exchange.answer(503); });
  rig.keep(rig.grant(20s));
  const auto session = rig.session();
  CHECK(*rig.authorize(*session) == "Bearer first");
  const size_t asked = rig.server.requests.size();
  CHECK(asked >= 1);
  CHECK(*rig.authorize(*session) == "Bearer first");
  CHECK(rig.server.requests.size() == asked);  // not again at once
}

TEST_CASE("an expired token that cannot be renewed now is no reason for a new sign-in") {
  SignInRig rig([](TestExchange& exchange) { exchange.answer(503); });
  rig.keep(rig.grant(-1s));
  const auto value = rig.authorize(*rig.session());
  REQUIRE_FALSE(value.ok());
  CHECK(value.error().code == "signin.unavailable");
  CHECK(rig.required == 0);
  CHECK((*rig.store.read(rig.target().key()))->grant);
}

TEST_CASE("a request for more scopes is kept for the next sign-in, and ends only this request") {
  SignInRig rig;
  rig.keep(rig.grant(1h));
  const auto session = rig.session();
  CHECK(*rig.authorize(*session) == "Bearer first");
  const auto again = rig.refused(*session, "Bearer first",
                                 "Bearer error=\"insufficient_scope\", scope=\"write\"", 403);
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().message == "server 'linear' wants more rights for this request: write");
  CHECK(rig.required == 0);
  const auto stored =
      rig.stored([](const StoredSignIn& found) { return found.demand.has_value(); });
  CHECK(stored.demand->scopes == Scopes{"write"});
  CHECK(stored.grant);
  CHECK(*rig.authorize(*session) == "Bearer first");
}

TEST_CASE("a grant for another origin, or with other settings, is not used") {
  SignInRig rig;
  Grant foreign = rig.grant(1h);
  foreign.resource = "https://elsewhere.example/mcp";
  rig.keep(foreign);
  CHECK(rig.authorize(*rig.session()).error().message.find("another address") != std::string::npos);
  Grant weaker = rig.grant(1h);
  weaker.overrides = "other";
  rig.keep(weaker);
  CHECK(rig.authorize(*rig.session()).error().message.find("has changed") != std::string::npos);
}
