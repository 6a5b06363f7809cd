// What the statuses of HTTP become, which requests are repeated, and the authorization.
#include <map>

#include "remote/param_fields.h"
#include "remote/web/origins.h"
#include "remote_rig.h"

using namespace callgate;

namespace {

constexpr int kUnavailable = static_cast<int>(RemoteErrorCode::Unavailable);
constexpr int kUnknown = static_cast<int>(RemoteErrorCode::OutcomeUnknown);
constexpr int kRefused = static_cast<int>(RemoteErrorCode::Refused);

/// Sends the request, which the server answers with this status, and returns what the gate gets.
MessagePtr answered_with(RemoteRig& rig, const std::string& text, int status,
                         const std::string& body = "", const std::string& fields = "") {
  rig.send(text);
  rig.received()->answer(status, fields, body);
  return rig.message();
}

/// Answers as the test says, and keeps what it was asked.
class FakeAuthorizer final : public Authorizer {
 public:
  void authorize(std::function<void(Result<std::string>)> done) override {
    ++asked;
    waiting = std::move(done);
    if (!late) std::exchange(waiting, nullptr)(token);
  }
  void refused(const WebAnswer& answer, const std::string& sent,
               std::function<void(Result<bool>)> done) override {
    statuses.push_back(answer.status);
    refused_values.push_back(sent);
    lines.clear();
    for (const auto& [name, value] : answer.fields)
      if (name == "WWW-Authenticate") lines.push_back(value);
    if (again.ok() && *again) token = std::string("Bearer new");
    done(again);
  }
  Result<std::string> token{std::string("Bearer old")};
  Result<bool> again{true};
  bool late = false;
  int asked = 0;
  std::vector<int> statuses;
  std::vector<std::string> refused_values;
  std::vector<std::string> lines;
  std::function<void(Result<std::string>)> waiting;
};

}  // namespace

TEST_CASE("the status of the answer to server/discover says whether the server knows it") {
  RemoteRig rig;
  rig.options.times.back_off = Millis{1};
  rig.start();
  int id = 1;
  for (const int status : {400, 404, 405, 406, 410, 415}) {
    CAPTURE(status);
    const auto answer = answered_with(rig, modern(id++, "server/discover"), status, "<html>");
    CHECK(code_of(answer) == -32601);
    CHECK(answer->root().at_pointer("/error/data/status").integer() == status);
  }
  for (const int status : {301, 401, 403, 500}) {
    CAPTURE(status);
    const auto answer = answered_with(rig, modern(id++, "server/discover"), status);
    CHECK(code_of(answer) == kUnavailable);
    CHECK(outcome_of(answer) == "not executed");
  }
  // These may pass, so the request is repeated three times.
  for (const int status : {408, 425, 429, 502, 503, 504}) {
    CAPTURE(status);
    rig.send(modern(id++, "server/discover"));
    for (int i = 0; i < 4; ++i) rig.received()->answer(status);
    CHECK(code_of(rig.message()) == kUnavailable);
  }
  const auto own =
      answered_with(rig, modern(id, "server/discover"), 400,
                    R"({"jsonrpc":"2.0","id":null,"error":{"code":-32022,"message":"v"}})");
  CHECK(code_of(own) == -32022);
  CHECK(own->root().find("id").integer() == id);
  // A server that has failed says nothing about its revisions, whatever its body says.
  const auto failed =
      answered_with(rig, modern(++id, "server/discover"), 500,
                    R"({"jsonrpc":"2.0","id":null,"error":{"code":-32603,"message":"oh no"}})");
  CHECK(code_of(failed) == kUnavailable);
  CHECK(text_of(failed).find("oh no") != std::string::npos);
}

TEST_CASE("a call that is refused becomes an error that says so, and whether it was executed") {
  RemoteRig rig;
  rig.greet();
  int id = 2;
  for (const int status : {400, 401, 403, 405, 413, 415, 431}) {
    CAPTURE(status);
    const auto answer = answered_with(rig, request(id++, "tools/call"), status, "no\x01 way\n");
    CHECK(code_of(answer) == (status == 401 ? kUnavailable : kRefused));
    CHECK(outcome_of(answer) == "not executed");
    CHECK(text_of(answer).find("no  way") != std::string::npos);
    CHECK(text_of(answer).find(std::to_string(status)) != std::string::npos);
  }
  for (const int status : {500, 502, 503, 504}) {
    CAPTURE(status);
    const auto answer = answered_with(rig, request(id++, "tools/call"), status);
    CHECK(code_of(answer) == kUnknown);
    CHECK(outcome_of(answer) == "unknown");
  }
  const std::string error = R"({"jsonrpc":"2.0","id":)" + std::to_string(id) +
                            R"(,"error":{"code":-32603,"message":"crash"}})";
  rig.send(request(id, "tools/call"));
  rig.received()->json(error, 500);
  CHECK(rig.line() == error);
}

TEST_CASE("the server's text is cut at 300 bytes, between characters") {
  RemoteRig rig;
  rig.greet();
  const auto text = [&](int id, const std::string& body) {
    const std::string all = text_of(
        answered_with(rig, request(id, "tools/call"), 400, body, "Content-Type: text/plain\r\n"));
    const size_t begin = all.find(": ") + 2;
    return all.substr(begin, all.rfind("; ") - begin);
  };
  CHECK(text(2, std::string(300, 'a')) == std::string(300, 'a'));
  CHECK(text(3, std::string(301, 'a')) == std::string(300, 'a'));
  CHECK(text(4, std::string(299, 'a') + "\xC3\xBC") == std::string(299, 'a'));
  CHECK(text(5, R"({"error":"e","error_description":"described"})") == "described");
  CHECK(text(6, std::string(200'000, 'b')) == std::string(300, 'b'));
}

TEST_CASE("a redirect of the same origin is followed with method and body") {
  RemoteRig rig;
  rig.options.fields = {{"X-Key", "k"}};
  rig.start();
  rig.send(kInitialize);
  rig.received()->answer(307, "Location: /a\r\n");
  rig.received()->answer(308, "Location: " + rig.server->url("/b") + "\r\n");
  rig.received()->answer(307, "Location: c\r\n");
  const auto last = rig.received();
  CHECK(last->target() == "/c");
  CHECK(last->method() == "POST");
  CHECK(last->body == kInitialize);
  CHECK(last->field("x-key") == "k");
  last->answer(307, "Location: /d\r\n");
  const auto answer = rig.message();
  CHECK(word_of(answer) == "remote.moved");
  CHECK(text_of(answer).find("/d") != std::string::npos);
}

TEST_CASE("a redirect to another origin is reported, and nothing is sent there") {
  RemoteRig rig;
  FakeAuthorizer authorizer;
  rig.options.authorizer = &authorizer;
  rig.start();
  TestServer other(rig.loop);
  int id = 1;
  for (const int status : {302, 307, 308}) {
    const auto answer = answered_with(rig, modern(id++, "server/discover"), status, "",
                                      "Location: " + other.url("/new?key=1") + "\r\n");
    CHECK(code_of(answer) == kUnavailable);
    CHECK(word_of(answer) == "remote.moved");
    CHECK(text_of(answer).find(other.url("/new")) != std::string::npos);
  }
  CHECK(other.connections() == 0);
}

TEST_CASE("after 429 the server gets no requests for as long as it asks") {
  RemoteRig rig;
  rig.greet();
  rig.send(request(2, "tools/call"));
  rig.received()->answer(429, "Retry-After: 1\r\n");
  rig.send(request(3, "tools/list"));
  // Both come after the pause.
  const auto first = rig.received(), second = rig.received();
  first->json(result(id_of(*first)));
  second->json(result(id_of(*second)));
  rig.line();
  rig.line();
  CHECK(rig.server->requests.size() == rig.seen);
}

TEST_CASE("a request that would wait too long fails at once and names the time") {
  RemoteRig rig;
  rig.greet();
  for (const char* status : {"429", "503"}) {
    RemoteRig one;
    one.greet();
    one.send(request(2, "tools/call"));
    one.received()->answer(std::stoi(status), "Retry-After: 3600\r\n");
    const auto answer = one.message();
    CHECK(code_of(answer) == kUnavailable);
    CHECK(word_of(answer) == "remote.busy");
    // Ten minutes at most.
    CHECK(answer->root().at_pointer("/error/data/retryAfterSeconds").integer() == 600);
    one.send(request(3, "tools/call"));
    CHECK(word_of(one.message()) == "remote.busy");
    CHECK(one.server->requests.size() == one.seen);
  }
}

TEST_CASE("a request is repeated if it cannot have been executed") {
  RemoteRig rig;
  rig.greet();
  const uint16_t port = rig.server->port();
  rig.server.reset();
  rig.options.times.back_off = Millis{1};
  rig.send(request(2, "tools/call"));
  const auto answer = rig.message();
  CHECK(code_of(answer) == kUnavailable);
  CHECK(word_of(answer) == "remote.connect");
  CHECK(outcome_of(answer) == "not executed");
  // The server is back before the last attempt.
  RemoteRig late;
  late.options.times.back_off = Millis{50};
  late.options.url = "http://127.0.0.1:" + std::to_string(port) + "/mcp";
  late.start();
  late.send(modern(1, "tools/call", R"("name":"t")"));
  Timer wait(late.loop);
  wait.start(Millis{60},
             [&] { late.server = std::make_unique<TestServer>(late.loop, nullptr, port); });
  late.wait([&] { return late.server->port() == port; });
  late.received()->json(result(1));
  CHECK(late.line() == result(1));
}

TEST_CASE("a request that begins a session is not repeated if the server cannot be reached") {
  for (const std::string& begin : {modern(1, "server/discover"), request(1, "initialize")}) {
    RemoteRig rig;
    rig.options.times.back_off = Millis{600'000};
    rig.server.reset();
    rig.start();
    rig.send(begin);
    const auto answer = rig.message();
    CHECK(code_of(answer) == kUnavailable);
    CHECK(word_of(answer) == "remote.connect");
    CHECK(outcome_of(answer) == "not executed");
  }
}

TEST_CASE("if a server cannot be reached again and again, requests of all sessions fail at once") {
  RemoteRig rig;
  rig.options.times.back_off = Millis{1};
  rig.server.reset();
  rig.start();
  for (int i = 0; i < Origins::kMostFailures; ++i) {
    rig.send(modern(i, "tools/call"));
    CHECK(word_of(rig.message()) == "remote.connect");
  }
  rig.start();  // another session
  rig.send(modern(1, "tools/call"));
  const auto answer = rig.message();
  CHECK(code_of(answer) == kUnavailable);
  CHECK(word_of(answer) == "remote.down");
  CHECK(outcome_of(answer) == "not executed");
  CHECK(answer->root().at_pointer("/error/data/retryAfterSeconds").integer() == 1);
  CHECK(text_of(answer).find("cannot reach http://127.0.0.1:") != std::string::npos);
}

TEST_CASE(
    "a server is down after some answers in a row that say so, but not if others come between") {
  RemoteRig rig;
  rig.greet();
  int id = 2;
  const auto refuse = [&](int times) {
    for (int i = 0; i < times; ++i)
      CHECK(outcome_of(answered_with(rig, request(id++, "tools/call"), 503)) == "unknown");
  };
  refuse(Origins::kMostFailures - 1);
  answered_with(rig, request(id++, "tools/call"), 400);
  refuse(Origins::kMostFailures);
  rig.send(request(id, "tools/call"));
  CHECK(word_of(rig.message()) == "remote.down");
  CHECK(rig.server->requests.size() == rig.seen);
}

TEST_CASE("a call whose connection breaks is not repeated, a request that only reads is") {
  RemoteRig rig;
  rig.greet();
  rig.send(request(2, "tools/call"));
  rig.received()->drop();
  const auto answer = rig.message();
  CHECK(code_of(answer) == kUnknown);
  rig.send(request(3, "tools/list"));
  rig.received()->drop();
  rig.received()->json(result(3));
  CHECK(rig.line() == result(3));
  CHECK(rig.server->requests.size() == rig.seen);
}

TEST_CASE("a call on a connection that breaks when it is used again is not repeated") {
  int calls = 0;
  RemoteRig rig([&](TestExchange& exchange) {
    if (exchange.body.find("tools/call") == std::string::npos) return;
    // The server takes the call, and closes the connection without a word.
    ++calls;
    exchange.drop();
  });
  rig.greet();
  rig.send(request(2, "tools/list"));
  rig.received()->json(result(2));
  rig.line();
  const size_t connections = rig.server->connections();
  rig.send(request(3, "tools/call"));
  const auto call = rig.received();
  CHECK(rig.server->connections() == connections);  // an old one
  CHECK(outcome_of(rig.message()) == "unknown");
  CHECK(calls == 1);
}

TEST_CASE("a connection that the server closes between two requests is not used again") {
  RemoteRig rig;
  rig.greet();
  rig.send(request(2, "tools/call"));
  rig.received()->json(result(2));
  rig.line();
  const size_t connections = rig.server->connections();
  std::map<const TestConnection*, TestExchange*> last;
  for (const auto& request : rig.server->requests) last[request->connection()] = request.get();
  size_t closed = 0;
  for (const auto& [connection, request] : last) request->drop([&] { ++closed; });
  rig.wait([&] { return closed == last.size(); });
  rig.send(request(3, "tools/call"));
  rig.received()->json(result(3));
  CHECK(rig.line() == result(3));
  CHECK(rig.server->connections() == connections + 1);
}

TEST_CASE("send calls nothing, even if the request fails at once") {
  RemoteRig rig;
  rig.server.reset();
  rig.start();
  rig.send(modern(1, "tools/call", R"("name":")" + std::string(kLongestMirrored + 1, 'a') + '"'));
  rig.send(modern(2, "tools/call"));
  CHECK(rig.lines.empty());
  rig.line();
  rig.line();
}

TEST_CASE("the authorizer is asked before each request") {
  RemoteRig rig;
  FakeAuthorizer authorizer;
  rig.options.authorizer = &authorizer;
  rig.greet();
  for (const auto& exchange : rig.server->requests)
    CHECK(exchange->field("authorization") == "Bearer old");
  CHECK(authorizer.asked == 3);
  authorizer.token = std::string();
  rig.send(request(2, "tools/list"));
  const auto list = rig.received();
  CHECK(list->field("authorization") == "-");
  list->json(result(2));
  rig.line();
  authorizer.token = Error{"signin.needed", "nobody is signed in", "callgate auth login remote"};
  rig.send(request(3, "tools/call"));
  const auto answer = rig.message();
  CHECK(code_of(answer) == kUnavailable);
  CHECK(word_of(answer) == "signin.needed");
  CHECK(text_of(answer) == "nobody is signed in; callgate auth login remote");
  CHECK(rig.server->requests.size() == rig.seen);
}

TEST_CASE("a refused token is replaced, at most three times") {
  RemoteRig rig;
  FakeAuthorizer authorizer;
  rig.options.authorizer = &authorizer;
  rig.greet();
  rig.send(request(2, "tools/call"));
  rig.received()->answer(401, "WWW-Authenticate: Basic\r\nWWW-Authenticate: Bearer a=b\r\n");
  const auto again = rig.received();
  CHECK(authorizer.statuses == std::vector<int>{401});
  CHECK(authorizer.lines == std::vector<std::string>{"Basic", "Bearer a=b"});
  CHECK(again->field("authorization") == "Bearer new");
  again->answer(401);
  rig.received()->answer(401);
  rig.received()->answer(401);
  const auto answer = rig.message();
  CHECK(word_of(answer) == "remote.sign_in");
  CHECK(authorizer.statuses == std::vector<int>{401, 401, 401, 401});
  CHECK(authorizer.refused_values ==
        std::vector<std::string>{"Bearer old", "Bearer new", "Bearer new", "Bearer new"});
  authorizer.again = false;
  rig.send(request(3, "tools/call"));
  rig.received()->answer(403, "WWW-Authenticate: Bearer error=\"insufficient_scope\"\r\n");
  CHECK(word_of(rig.message()) == "remote.denied");
  rig.send(request(4, "tools/call"));
  rig.received()->answer(403);
  CHECK(word_of(rig.message()) == "remote.denied");
  CHECK(authorizer.statuses == std::vector<int>{401, 401, 401, 401, 403});
  authorizer.again = true;
  rig.send(request(5, "tools/call"));
  rig.received()->answer(400, "", R"({"error":"invalid_token"})");
  rig.received()->json(result(5));
  CHECK(rig.line() == result(5));
  authorizer.again = Error{"signin.needed", "sign in again", ""};
  rig.send(request(6, "tools/call"));
  rig.received()->answer(401);
  CHECK(word_of(rig.message()) == "signin.needed");
}

TEST_CASE("a configured Authorization takes the place of the authorizer") {
  RemoteRig rig;
  FakeAuthorizer authorizer;
  rig.options.authorizer = &authorizer;
  rig.options.fields = {{"authorization", "Bearer mine"}};
  rig.start();
  const auto answer = answered_with(rig, modern(1, "server/discover"), 401);
  CHECK(rig.server->requests[0]->field("authorization") == "Bearer mine");
  CHECK(word_of(answer) == "remote.sign_in");
  CHECK(authorizer.asked == 0);
  CHECK(authorizer.statuses.empty());
}

TEST_CASE("an answer of the authorizer that comes too late is ignored") {
  RemoteRig rig;
  FakeAuthorizer authorizer;
  authorizer.late = true;
  rig.options.authorizer = &authorizer;
  rig.start();
  rig.send(modern(1, "tools/call", R"("name":"t")"));
  rig.wait([&] { return authorizer.waiting != nullptr; });
  rig.send(cancelled(1));
  std::exchange(authorizer.waiting, nullptr)(std::string("Bearer t"));
  authorizer.late = false;
  rig.send(modern(2, "tools/list"));
  CHECK(id_of(*rig.received()) == "2");
}

TEST_CASE("a token needs TLS, except on this machine") {
  RemoteRig rig;
  FakeAuthorizer authorizer;
  const auto start = [&](const char* url, Authorizer* its_authorizer) {
    rig.options.url = url;
    rig.options.authorizer = its_authorizer;
    auto started = RemoteServer::start(rig.http, rig.options, {});
    return started.ok() ? std::string("ok") : started.error().code;
  };
  CHECK(start("http://example.com/mcp", &authorizer) == "remote.url");
  CHECK(start("http://example.com/mcp", nullptr) == "ok");
  CHECK(start("http://localhost:1/mcp", &authorizer) == "ok");
  CHECK(start("https://example.com/mcp", &authorizer) == "ok");
  CHECK(start("ftp://example.com/", nullptr) == "remote.url");
}
