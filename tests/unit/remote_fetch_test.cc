// Requests to addresses that a server named: what is refused, and which limits hold.
#include "callgate/remote/fetch.h"
#include "remote_support.h"

using namespace callgate;

namespace {

const FetchRules kLocal{.loopback = true};

Result<WebAnswer> fetched(Loop& loop, WebRequest request, FetchRules rules = kLocal,
                          const WebNetwork& network = {}) {
  HttpLoop http(loop);
  std::optional<Result<WebAnswer>> result;
  const auto running = fetch(http, network, std::move(request), std::move(rules),
                             [&](Result<WebAnswer> answer) { result.emplace(std::move(answer)); });
  CHECK_FALSE(result);
  run_until(loop, [&] { return result.has_value(); });
  return std::move(*result);
}

std::string code_of(const Result<WebAnswer>& result) {
  return result.ok() ? "ok" : result.error().code;
}

}  // namespace

TEST_CASE("a fetch sends the request as it is and returns the whole answer") {
  Loop loop;
  TestServer server(loop, [](TestExchange& exchange) {
    exchange.answer(404, "Set-Cookie: a\r\nset-cookie:  b \r\n", "no such thing");
  });
  const auto answer = fetched(loop, {.method = "POST",
                                     .url = server.url("/token?x=1"),
                                     .fields = {{"Content-Type", "text/plain"}, {"X-Empty", ""}},
                                     .body = "grant"});
  REQUIRE(answer.ok());
  CHECK(answer->status == 404);
  CHECK(answer->body == "no such thing");
  CHECK(answer->field("SET-COOKIE") == "a");
  CHECK(answer->fields[1].second == "b");
  const TestExchange& seen = *server.requests.at(0);
  CHECK(seen.method() == "POST");
  CHECK(seen.target() == "/token?x=1");
  CHECK(seen.body == "grant");
  CHECK(seen.field("content-type") == "text/plain");
  CHECK(seen.field("x-empty").empty());
  CHECK(seen.field("user-agent") == "callgate");
  CHECK(seen.field("expect") == "-");
}

TEST_CASE("a fetch refuses addresses of private networks unless the rules name the host") {
  Loop loop;
  TestServer server(loop, [](TestExchange& exchange) { exchange.answer(200); });
  const std::string port = std::to_string(server.port());
  // These connections are refused before TLS begins, however the address is written.
  for (const char* host : {"127.0.0.1", "localhost", "0x7f.1", "2130706433", "0177.0.0.1", "[::1]",
                           "[::ffff:127.0.0.1]", "10.0.0.1", "169.254.169.254", "[fd00::1]",
                           "[64:ff9b::a00:1]", "0.0.0.0"}) {
    CAPTURE(host);
    const auto answer =
        fetched(loop, {.url = "https://" + std::string(host) + ":" + port + "/"}, FetchRules{});
    CHECK(code_of(answer) == "remote.address");
  }
  CHECK(server.requests.empty());
  CHECK(server.connections() == 0);
  // Now TLS begins, which this server does not understand.
  const auto named = fetched(loop, {.url = "https://127.0.0.1:" + port + "/"},
                             FetchRules{.private_hosts = {"127.0.0.1"}});
  CHECK(code_of(named) != "remote.address");
  CHECK(server.connections() == 1);
}

TEST_CASE("loopback allows this machine only") {
  Loop loop;
  for (const char* url :
       {"http://10.0.0.1/", "http://example.com/", "http://[::ffff:127.0.0.1]/"}) {
    CAPTURE(url);
    CHECK(code_of(fetched(loop, {.url = url})) == "remote.url");
  }
  CHECK(code_of(fetched(loop, {.url = "https://10.0.0.1/"})) == "remote.address");
  CHECK(code_of(fetched(loop, {.url = "http://127.0.0.1/"}, FetchRules{})) == "remote.url");
}

TEST_CASE("a fetch refuses URLs that are not complete, or that have user names") {
  Loop loop;
  for (const char* url : {"", "example.com", "/path", "ftp://example.com/", "file:///etc/passwd",
                          "https://user@example.com/", "https://u:p@example.com/",
                          "https://exa mple.com/", "https:///path", "javascript:alert(1)"}) {
    CAPTURE(url);
    CHECK(code_of(fetched(loop, {.url = url})) == "remote.url");
  }
}

TEST_CASE("a URL may have 8 KiB and not a byte more") {
  Loop loop;
  TestServer server(loop, [](TestExchange& exchange) { exchange.answer(200); });
  std::string url = server.url("/");
  url.resize(8192 - 200, 'a');
  CHECK(code_of(fetched(loop, {.url = url})) == "ok");
  url.resize(8193, 'a');
  CHECK(code_of(fetched(loop, {.url = url})) == "remote.url");
}

TEST_CASE("an answer may be as long as the limit and not a byte longer") {
  Loop loop;
  size_t size = 1000;
  bool chunked = false;
  TestServer server(loop, [&](TestExchange& exchange) {
    const std::string text(size, 'x');
    if (!chunked) return exchange.answer(200, "", text);
    exchange.begin_stream();
    exchange.chunk(text);
    exchange.end_stream();
  });
  FetchRules rules = kLocal;
  rules.most_bytes = 1000;
  for (const bool in_chunks : {false, true}) {
    chunked = in_chunks;
    size = 1000;
    CHECK(code_of(fetched(loop, {.url = server.url()}, rules)) == "ok");
    size = 1001;
    CHECK(code_of(fetched(loop, {.url = server.url()}, rules)) == "remote.too_large");
  }
}

TEST_CASE("the head of an answer has a limit") {
  Loop loop;
  size_t size = 60'000;
  TestServer server(loop, [&](TestExchange& exchange) {
    exchange.answer(200, "X-Long: " + std::string(size, 'x') + "\r\n");
  });
  CHECK(code_of(fetched(loop, {.url = server.url()})) == "ok");
  size = 66'000;
  CHECK(code_of(fetched(loop, {.url = server.url()})) == "remote.head");
}

TEST_CASE("an answer that does not come in time is an error") {
  Loop loop;
  TestServer silent(loop);
  FetchRules rules = kLocal;
  rules.limit = Millis{50};
  CHECK(code_of(fetched(loop, {.url = silent.url()}, rules)) == "remote.timeout");
  // The limit also holds while bytes arrive.
  std::unique_ptr<Timer> next;
  TestServer slow(loop, [&](TestExchange& exchange) {
    exchange.begin_stream();
    auto* const stream = &exchange;
    next = std::make_unique<Timer>(loop);
    auto again = std::make_shared<std::function<void()>>();
    *again = [&next, stream, repeat = std::weak_ptr(again)] {
      stream->chunk("x");
      next->start(Millis{5}, [self = repeat.lock()] {
        if (self) (*self)();
      });
    };
    (*again)();
  });
  CHECK(code_of(fetched(loop, {.url = slow.url()}, rules)) == "remote.timeout");
}

TEST_CASE("a GET follows redirects as far as the rules allow") {
  Loop loop;
  TestServer server(loop, [](TestExchange& exchange) {
    const std::string path = exchange.target();
    if (path == "/end") return exchange.answer(200, "", "here");
    const int left = path.back() - '0';
    exchange.answer(302,
                    "Location: " + (left == 1 ? "end" : "/r" + std::to_string(left - 1)) + "\r\n");
  });
  FetchRules rules = kLocal;
  rules.redirects = 3;
  const auto three = fetched(loop, {.url = server.url("/r3")}, rules);
  REQUIRE(three.ok());
  CHECK(three->body == "here");
  CHECK(code_of(fetched(loop, {.url = server.url("/r4")}, rules)) == "remote.redirects");
  rules.redirects = 9;
  CHECK(code_of(fetched(loop, {.url = server.url("/r4")}, rules)) == "remote.redirects");
  rules.redirects = 0;
  const auto none = fetched(loop, {.url = server.url("/r1")}, rules);
  REQUIRE(none.ok());
  CHECK(none->status == 302);
}

TEST_CASE("the redirect of a POST is returned, not followed") {
  Loop loop;
  TestServer server(loop,
                    [](TestExchange& exchange) { exchange.answer(307, "Location: /other\r\n"); });
  FetchRules rules = kLocal;
  rules.redirects = 3;
  const auto answer =
      fetched(loop, {.method = "POST", .url = server.url(), .body = "secret"}, rules);
  REQUIRE(answer.ok());
  CHECK(answer->status == 307);
  CHECK(server.requests.size() == 1);
}

TEST_CASE("each redirect is checked like the first URL") {
  Loop loop;
  std::string location;
  TestServer server(loop, [&](TestExchange& exchange) {
    exchange.answer(302, "Location: " + location + "\r\n");
  });
  FetchRules rules = kLocal;
  rules.redirects = 3;
  const std::pair<const char*, const char*> cases[] = {
      {"https://169.254.169.254/latest", "remote.address"},
      {"http://169.254.169.254/latest", "remote.url"},
      {"http://user@127.0.0.1/", "remote.url"},
      {"file:///etc/passwd", "remote.url"}};
  for (const auto& one : cases) {
    location = one.first;
    CAPTURE(location);
    CHECK(code_of(fetched(loop, {.url = server.url()}, rules)) == one.second);
  }
}

TEST_CASE("only Accept is sent to another origin") {
  Loop loop;
  TestServer other(loop, [](TestExchange& exchange) { exchange.answer(200); });
  TestServer server(loop, [&](TestExchange& exchange) {
    exchange.answer(302, "Location: " + other.url() + "\r\n");
  });
  FetchRules rules = kLocal;
  rules.redirects = 1;
  CHECK(code_of(fetched(loop,
                        {.url = server.url(),
                         .fields = {{"Authorization", "Bearer t"}, {"Accept", "application/json"}}},
                        rules)) == "ok");
  CHECK(server.requests.at(0)->field("authorization") == "Bearer t");
  CHECK(other.requests.at(0)->field("authorization") == "-");
  CHECK(other.requests.at(0)->field("accept") == "application/json");
}

TEST_CASE("a fetch uses no connection twice") {
  Loop loop;
  HttpLoop http(loop);
  TestServer server(loop, [](TestExchange& exchange) { exchange.answer(200); });
  for (int i = 0; i < 2; ++i) {
    bool done = false;
    const auto running = fetch(http, {}, {.url = server.url()}, kLocal,
                               [&](const Result<WebAnswer>&) { done = true; });
    run_until(loop, [&] { return done; });
  }
  CHECK(server.connections() == 2);
}

TEST_CASE("a destroyed fetch calls nothing, and a callback may destroy its fetch") {
  Loop loop;
  HttpLoop http(loop);
  TestServer server(loop);
  bool called = false, done = false;
  auto cancelled = fetch(http, {}, {.url = server.url()}, kLocal,
                         [&](const Result<WebAnswer>&) { called = true; });
  run_until(loop, [&] { return server.requests.size() == 1; });
  cancelled.reset();
  run_until(loop, [&] { return server.requests[0]->closed(); });
  std::unique_ptr<Fetch> second;
  second = fetch(http, {}, {.url = server.url()}, kLocal, [&](const Result<WebAnswer>&) {
    second.reset();
    done = true;
  });
  run_until(loop, [&] { return server.requests.size() == 2; });
  server.requests[1]->answer(200);
  run_until(loop, [&] { return done; });
  CHECK_FALSE(called);
}

TEST_CASE("a server that cannot be reached is an error that says so") {
  Loop loop;
  std::string url;
  { url = TestServer(loop).url(); }
  const auto refused = fetched(loop, {.url = url});
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == "remote.connect");
  CHECK(refused.error().message.find("127.0.0.1") != std::string::npos);
  const auto cut = [&] {
    TestServer server(loop, [](TestExchange& exchange) { exchange.drop(); });
    return fetched(loop, {.url = server.url()});
  }();
  CHECK(code_of(cut) == "remote.broken");
}

TEST_CASE("a proxy is used except for this machine, and addresses in the URL are still checked") {
  Loop loop;
  TestServer proxy(loop, [](TestExchange& exchange) { exchange.answer(502); });
  WebNetwork network{.https_proxy = "http://127.0.0.1:" + std::to_string(proxy.port())};
  CHECK(code_of(fetched(loop, {.url = "https://10.0.0.1/"}, kLocal, network)) == "remote.address");
  CHECK(proxy.connections() == 0);
  CHECK(code_of(fetched(loop, {.url = "https://example.com/"}, kLocal, network)) != "ok");
  CHECK(proxy.connections() == 1);
}

TEST_CASE("a file of certificates that cannot be used is an error") {
  Loop loop;
  const WebNetwork network{.ca_files = {"/no/such/file"}};
  CHECK(code_of(fetched(loop, {.url = "https://127.0.0.1:1/"}, kLocal, network)) ==
        "remote.ca_file");
}
