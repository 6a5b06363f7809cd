// The place on this machine to which the browser returns at the end of a sign-in.
#include "app/sign_ins/redirect_listener.h"
#include "app_support.h"
#include "callgate/base/url.h"
#include "redirect_browser.h"
#include "remote_support.h"

using namespace callgate;

namespace {

/// A listener to which the query "state=ours" belongs.
struct RedirectRig {
  explicit RedirectRig(const std::string& configured = "",
                       const std::vector<std::string>& earlier = {}) {
    auto opened = RedirectListener::open(loop, configured, earlier);
    REQUIRE(opened.ok());
    listener = std::move(*opened);
    const auto url = parse_url(listener->uri());
    REQUIRE(url.ok());
    port = url->port;
    listener->start([this](std::string_view query) {
      queries.emplace_back(query);
      return query == "state=ours" || query.starts_with("state=ours&long=");
    });
  }
  /// Returns the status of the answer to these bytes.
  int status_of(const std::string& bytes) {
    RedirectBrowser browser(loop, port, bytes);
    run_until(loop, [&] { return browser.ended; });
    return browser.status();
  }
  int status_at(const std::string& target, const std::string& host = "127.0.0.1") {
    return status_of(RedirectBrowser::get(port, target, host));
  }
  void tell(bool worked) {
    bool told = false;
    listener->tell(worked, [&told] { told = true; });
    CHECK_FALSE(told);
    run_until(loop, [&] { return told; });
  }

  Loop loop;
  std::unique_ptr<RedirectListener> listener;
  uint16_t port = 0;
  std::vector<std::string> queries;
};

/// A port that nobody uses at this moment.
uint16_t free_port(Loop& loop) { return (*Listener::open(loop, "127.0.0.1", 0))->port(); }

}  // namespace

TEST_CASE("the browser gets a page that says whether the sign-in worked, and no secret") {
  for (const bool worked : {true, false}) {
    RedirectRig rig;
    RedirectBrowser browser(rig.loop, rig.port,
                            RedirectBrowser::get(rig.port, "/callback?state=ours"));
    run_until(rig.loop, [&] { return !rig.queries.empty(); });
    CHECK(browser.answer.empty());
    rig.tell(worked);
    run_until(rig.loop, [&] { return browser.ended; });
    CHECK(browser.status() == (worked ? 200 : 400));
    CHECK((browser.answer.find("You are signed in") != std::string::npos) == worked);
    for (const char* field :
         {"Cache-Control: no-store", "Referrer-Policy: no-referrer", "default-src 'none'"})
      CHECK(browser.answer.find(field) != std::string::npos);
    CHECK(browser.answer.find("ours") == std::string::npos);
  }
}

TEST_CASE("a browser that asks twice gets the same page, and is reported once") {
  RedirectRig rig;
  RedirectBrowser first(rig.loop, rig.port, RedirectBrowser::get(rig.port, "/callback?state=ours"));
  RedirectBrowser second(rig.loop, rig.port,
                         RedirectBrowser::get(rig.port, "/callback?state=ours"));
  run_until(rig.loop, [&] { return !rig.queries.empty(); });
  rig.tell(true);
  run_until(rig.loop, [&] { return first.ended && second.ended; });
  CHECK(first.status() == 200);
  CHECK(second.status() == 200);
  CHECK(rig.status_at("/callback?state=ours") == 200);
  CHECK(rig.queries.size() == 1);
}

TEST_CASE("requests that are not the redirect change nothing") {
  RedirectRig rig;
  CHECK(rig.status_at("/") == 404);
  CHECK(rig.status_at("/callback/") == 404);
  CHECK(rig.status_at("/favicon.ico") == 404);
  CHECK(rig.status_at("/callback?state=ours", "evil.example") == 403);
  CHECK(rig.status_of("GET /callback?state=ours HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n") == 403);
  CHECK(rig.status_of("GET /callback?state=ours HTTP/1.1\r\n\r\n") == 400);
  CHECK(rig.status_of("POST /callback?state=ours HTTP/1.1\r\nHost: 127.0.0.1:" +
                      std::to_string(rig.port) + "\r\n\r\n") == 405);
  CHECK(rig.status_of("POST /callback?state=ours HTTP/1.1\r\nHost: 127.0.0.1:" +
                      std::to_string(rig.port) + "\r\nContent-Length: 1\r\n\r\nx") == 413);
  CHECK(rig.queries.empty());
  CHECK(rig.status_at("/callback?state=other") == 400);
  CHECK(rig.queries == std::vector<std::string>{"state=other"});
  RedirectBrowser ours(rig.loop, rig.port,
                       RedirectBrowser::get(rig.port, "/callback?state=ours", "localhost"));
  run_until(rig.loop, [&] { return rig.queries.size() == 2; });
  rig.tell(true);
  run_until(rig.loop, [&] { return ours.ended; });
  CHECK(ours.status() == 200);
}

TEST_CASE("the longest redirect is accepted, and one byte more is refused") {
  RedirectRig rig;
  const std::string begin = "/callback?state=ours&long=";
  const std::string longest = begin + std::string(kLargestRedirectTarget - begin.size(), 'x');
  RedirectBrowser browser(rig.loop, rig.port, RedirectBrowser::get(rig.port, longest));
  run_until(rig.loop, [&] { return !rig.queries.empty(); });
  CHECK(rig.status_at(longest + "x") == 414);
  rig.tell(true);
  run_until(rig.loop, [&] { return browser.ended; });
  CHECK(browser.status() == 200);
}

TEST_CASE("many connections do not keep the browser out") {
  RedirectRig rig;
  std::vector<std::unique_ptr<RedirectBrowser>> silent;
  for (size_t count = 0; count < kMostRedirectConnections; ++count)
    silent.push_back(std::make_unique<RedirectBrowser>(rig.loop, rig.port, "GET "));
  RedirectBrowser ours(rig.loop, rig.port, RedirectBrowser::get(rig.port, "/callback?state=ours"));
  run_until(rig.loop, [&] { return !rig.queries.empty(); });
  run_until(rig.loop, [&] { return silent.front()->ended; });
  CHECK_FALSE(silent[1]->ended);
  rig.tell(true);
  run_until(rig.loop, [&] { return ours.ended; });
  CHECK(ours.status() == 200);
}

TEST_CASE("the listener tells at once if no browser waits") {
  RedirectRig rig;
  rig.tell(false);
  CHECK(rig.status_at("/callback?state=ours") == 400);
}

TEST_CASE("the port is that of an earlier registration, else one that never changes") {
  Loop loop;
  const uint16_t earlier = free_port(loop);
  const std::string uri = "http://127.0.0.1:" + std::to_string(earlier) + "/callback";
  CHECK(RedirectRig("", {uri}).listener->uri() == uri);
  CHECK(usual_redirect_uri("") == "http://127.0.0.1:41573/callback");
  // Another path or host cannot be ours, so its port is not used.
  const RedirectRig other("", {"http://127.0.0.1:" + std::to_string(earlier) + "/elsewhere"});
  CHECK(other.port != earlier);
  const RedirectRig first, second;
  CHECK(first.port != second.port);
}

TEST_CASE("a configured redirect URI is used as it is written") {
  Loop loop;
  const std::string uri = "http://127.0.0.1:" + std::to_string(free_port(loop)) + "/oauth/back";
  RedirectRig rig(uri);
  CHECK(rig.listener->uri() == uri);
  CHECK(usual_redirect_uri(uri) == uri);
  CHECK(rig.status_at("/callback?state=ours") == 404);
  CHECK(rig.status_at("/oauth/back?state=other") == 400);
  const auto again = RedirectListener::open(rig.loop, uri, {});
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().code == "login.port");
  CHECK(again.error().message.find(std::to_string(rig.port)) != std::string::npos);
  CHECK_FALSE(again.error().next.empty());
}

TEST_CASE("a redirect URI without a port gets one") {
  const RedirectRig rig("http://localhost/callback");
  CHECK(rig.listener->uri() == "http://localhost:" + std::to_string(rig.port) + "/callback");
}

TEST_CASE("localhost is not used if another program has one of its two addresses") {
  Loop loop;
  auto taken = Listener::open(loop, "::1", 0);
  if (!taken) return;  // this machine has no IPv6
  const auto opened = RedirectListener::open(
      loop, "http://localhost:" + std::to_string((*taken)->port()) + "/callback", {});
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().code == "login.port");
}
