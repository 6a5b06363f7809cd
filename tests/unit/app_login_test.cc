// A person signs in to a remote server and out again, over HTTP on this machine.
#include "app/sign_ins/grant_lock.h"
#include "app_support.h"
#include "callgate/app/login.h"
#include "callgate/app/sign_in_check.h"
#include "callgate/app/sign_out.h"
#include "redirect_browser.h"
#include "remote_support.h"
#include "signin_world.h"

using namespace callgate;

namespace {

/// An MCP server with an authorization server, and a state folder.
struct LoginRig {
  LoginRig()
      : server(loop, [this](TestExchange& exchange) { answer(exchange); }),
        world(server.url(), server.url("")),
        http(loop),
        store(folder.path) {}

  void answer(TestExchange& exchange) {
    WebRequest request{.method = exchange.method(),
                       .url = server.url(exchange.target()),
                       .fields = {{"Authorization", exchange.field("authorization")}},
                       .body = exchange.body};
    const WebAnswer answer = world(request);
    std::string fields;
    for (const auto& [name, value] : answer.fields) fields += name + ": " + value + "\r\n";
    exchange.answer(answer.status, fields, answer.body);
  }
  LoginOptions options() const {
    return {.target = {.server = "example",
                       .account = "",
                       .url = server.url(),
                       .config = config,
                       .network = {}},
            .fields = {},
            .state_dir = folder.path,
            .version = "1"};
  }
  /// What a browser does with the address of the sign-in.
  void browse(const std::string& url) {
    const std::string query = world.browse(url);
    const auto back = parse_url(form_value(world.authorized, "redirect_uri"));
    REQUIRE(back.ok());
    browser = std::make_unique<RedirectBrowser>(
        loop, back->port, RedirectBrowser::get(back->port, back->path + "?" + query));
  }
  Result<Grant> login(std::function<void(const std::string&)> on_browser = nullptr) {
    std::optional<Result<Grant>> result;
    Login login(loop, http, options(),
                {.on_browser = [&](const std::string& url,
                                   Micros) { on_browser ? on_browser(url) : browse(url); },
                 .on_code = [](const ShowCode&) {},
                 .on_done = [&](Result<Grant> end) { result.emplace(std::move(end)); }});
    current = &login;
    run_until(loop, [&] { return result.has_value(); });
    current = nullptr;
    return *result;
  }
  SignInCheckEnd check() {
    std::optional<SignInCheckEnd> end;
    const SignInCheck check(loop, http, options(),
                            [&](SignInCheckEnd result) { end.emplace(std::move(result)); });
    run_until(loop, [&] { return end.has_value(); });
    return *end;
  }
  SignedOut sign_out() {
    std::optional<Result<SignedOut>> end;
    const SignOut out(loop, http, options().target, folder.path,
                      [&](Result<SignedOut> result) { end.emplace(std::move(result)); });
    run_until(loop, [&] { return end.has_value(); });
    REQUIRE(end->ok());
    return **end;
  }
  std::optional<StoredSignIn> stored() const {
    auto read = store.read(options().target.key());
    REQUIRE(read.ok());
    return *read;
  }

  mutable Loop loop;
  Folder folder;
  SignInConfig config;
  TestServer server;
  FakeServer world;
  HttpLoop http;
  SignInStore store;
  std::unique_ptr<RedirectBrowser> browser;
  Login* current = nullptr;
};

}  // namespace

TEST_CASE("a login stores the grant and the registration, and forgets what was demanded") {
  LoginRig rig;
  StoredSignIn before;
  before.key = rig.options().target.key();
  before.why_none = "the tokens were revoked";
  before.demand = SignInDemand{.kind = SignInDemand::Kind::SignIn,
                               .resource_metadata = "",
                               .scopes = {"demanded"},
                               .error = "",
                               .error_description = ""};
  REQUIRE(rig.store.write(before).ok());
  const auto grant = rig.login();
  REQUIRE(grant.ok());
  CHECK(form_value(rig.world.authorized, "scope") == "demanded");
  CHECK_FALSE(rig.world.was_asked(rig.server.url()));  // the demand was known
  const auto stored = rig.stored();
  REQUIRE(stored.has_value());
  REQUIRE(stored->grant.has_value());
  CHECK(stored->grant->access_token == grant->access_token);
  CHECK(stored->why_none.empty());
  CHECK_FALSE(stored->demand.has_value());
  CHECK(rig.store.registrations()->size() == 1);
  run_until(rig.loop, [&] { return rig.browser->ended; });
  CHECK(rig.browser->status() == 200);
  // The locks are free again.
  CHECK(GrantLock::try_lock(rig.store.lock_path(before.key)) != nullptr);
}

TEST_CASE("without a known demand, the server is asked first, without a token") {
  LoginRig rig;
  REQUIRE(rig.login().ok());
  REQUIRE_FALSE(rig.server.requests.empty());
  const TestExchange& first = *rig.server.requests.front();
  CHECK(first.target() == "/mcp");
  CHECK(first.field("accept") == "application/json, text/event-stream");
  CHECK(first.field("content-type") == "application/json");
  CHECK(first.field("authorization") == "-");
  CHECK(first.body.find("\"initialize\"") != std::string::npos);
}

TEST_CASE("a registration is kept although the sign-in fails, and is used by the next one") {
  LoginRig rig;
  rig.world.redirect = {{"error", "access_denied"}, {"code", "(none)"}};
  const auto denied = rig.login();
  REQUIRE_FALSE(denied.ok());
  CHECK(denied.error().code == "signin.denied");
  CHECK_FALSE(rig.stored().has_value());
  run_until(rig.loop, [&] { return rig.browser->ended; });
  CHECK(rig.browser->status() == 400);
  REQUIRE(rig.store.registrations()->size() == 1);
  rig.world.redirect.clear();
  CHECK(rig.login().ok());
  CHECK(rig.world.times_asked(rig.server.url("/register")) == 1);
}

TEST_CASE("the address of the last page may be pasted") {
  LoginRig rig;
  const auto grant = rig.login([&](const std::string& url) {
    const std::string query = rig.world.browse(url);
    const std::string back = form_value(rig.world.authorized, "redirect_uri");
    rig.loop.post([&rig, query, back] {
      CHECK_FALSE(rig.current->pasted("http://127.0.0.1:1/callback?" + query));
      CHECK_FALSE(rig.current->pasted("nonsense"));
      CHECK(rig.current->pasted(back + "?" + query));
      CHECK_FALSE(rig.current->pasted(back + "?" + query));
    });
  });
  CHECK(grant.ok());
}

TEST_CASE("only one process at a time signs in") {
  LoginRig rig;
  const std::string path = rig.store.lock_path(rig.options().target.key()) + ".login";
  auto other = GrantLock::try_lock(path);
  REQUIRE(other != nullptr);
  const auto refused = rig.login();
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == "login.busy");
  CHECK(rig.server.requests.empty());
  other.reset();
  CHECK(rig.login().ok());
}

TEST_CASE("a login waits until no gate renews the earlier grant") {
  LoginRig rig;
  auto renewal = GrantLock::try_lock(rig.store.lock_path(rig.options().target.key()));
  REQUIRE(renewal != nullptr);
  Timer looks(rig.loop);
  std::function<void()> look = [&] {
    if (!rig.world.was_asked(rig.server.url("/token"))) return looks.start(Millis{1}, look);
    CHECK_FALSE(rig.stored().has_value());
    renewal.reset();
  };
  looks.start(Millis{1}, look);
  CHECK(rig.login().ok());
  CHECK(renewal == nullptr);
}

TEST_CASE("a server whose entry says that there is no sign-in is not asked") {
  LoginRig rig;
  rig.config.way = SignInConfig::Way::Never;
  const auto refused = rig.login();
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == "signin.settings");
  CHECK(rig.server.requests.empty());
}

TEST_CASE("a check goes as far as it can without changing anything") {
  LoginRig rig;
  const SignInCheckEnd first = rig.check();
  CHECK_FALSE(first.error.has_value());
  REQUIRE_FALSE(first.trace.empty());
  CHECK(first.trace.back().step == "client registration");
  CHECK(first.issuer == rig.world.issuer);
  CHECK_FALSE(rig.world.was_asked(rig.server.url("/register")));
  CHECK(rig.store.version() == 0);
  REQUIRE(rig.login().ok());
  CHECK(rig.check().trace.back().step == "browser");
  rig.world.metadata.erase("token_endpoint");
  const SignInCheckEnd broken = rig.check();
  REQUIRE(broken.error.has_value());
  CHECK(broken.trace.back().failed);
}

TEST_CASE("signing out revokes the tokens and deletes them") {
  LoginRig rig;
  CHECK_FALSE(rig.sign_out().was_signed_in);
  rig.world.metadata["revocation_endpoint"] = "\"" + rig.server.url("/revoke") + "\"";
  rig.world.routes[rig.server.url("/revoke")] = [](const WebRequest&) {
    return json_answer(200, "{}");
  };
  const auto grant = rig.login();
  REQUIRE(grant.ok());
  const SignedOut out = rig.sign_out();
  CHECK(out.was_signed_in);
  CHECK_FALSE(out.still_valid.has_value());
  CHECK(rig.world.times_asked(rig.server.url("/revoke")) == 2);
  CHECK(form_value(rig.world.form_at(rig.server.url("/revoke")), "token") ==
        grant->access_token.reveal());
  CHECK_FALSE(rig.stored().has_value());
  CHECK(rig.store.registrations()->size() == 1);
}

TEST_CASE("signing out deletes the tokens even if the server cannot forget them") {
  for (const bool refuses : {true, false}) {
    LoginRig rig;
    if (refuses) {
      rig.world.metadata["revocation_endpoint"] = "\"" + rig.server.url("/revoke") + "\"";
      rig.world.routes[rig.server.url("/revoke")] = [](const WebRequest&) {
        return json_answer(503, "{}");
      };
    }
    REQUIRE(rig.login().ok());
    const SignedOut out = rig.sign_out();
    CHECK(out.was_signed_in);
    REQUIRE(out.still_valid.has_value());
    CHECK(out.still_valid->message.find("may stay valid") != std::string::npos);
    CHECK_FALSE(out.still_valid->next.empty());
    CHECK_FALSE(rig.stored().has_value());
  }
}
