// Streams that are resumed, sessions that the server loses, and HTTP+SSE.
#include "remote_rig.h"

using namespace callgate;

namespace {

constexpr int kNoMethod = -32601;

std::string greeting_for(const std::string& id) {
  return R"({"jsonrpc":"2.0","id":)" + id + "," + std::string(kGreeting);
}

/// Lets the room begin a new session after a loss. Returns the request that initializes it.
std::shared_ptr<TestExchange> renew(RemoteRig& rig, const std::string& session) {
  auto again = rig.received();
  CHECK(method_of(*again) == "initialize");
  CHECK(again->field("mcp-session-id") == "-");
  CHECK(id_of(*again) != "1");
  again->json(greeting_for(id_of(*again)), 200, "Mcp-Session-Id: " + session + "\r\n");
  const auto initialized = rig.received();
  CHECK(method_of(*initialized) == "notifications/initialized");
  CHECK(initialized->field("mcp-session-id") == session);
  initialized->answer(202);
  return again;
}

/// Takes the next requests until one has this method; those that open a stream get 405.
std::shared_ptr<TestExchange> next(RemoteRig& rig, const std::string& method) {
  for (;;) {
    auto exchange = rig.received();
    if (exchange->method() == "GET" && method != "GET")
      exchange->answer(405);
    else if (method_of(*exchange) == method)
      return exchange;
  }
}

/// Opens the stream of HTTP+SSE, and names the endpoint.
std::shared_ptr<TestExchange> open_old(RemoteRig& rig, const std::string& endpoint = "/m?s=1") {
  auto stream = rig.received();
  CHECK(stream->method() == "GET");
  CHECK(stream->field("accept") == "text/event-stream");
  stream->begin_stream();
  stream->chunk(sse_event("", "endpoint", endpoint));
  return stream;
}

/// Does the handshake over HTTP+SSE.
std::shared_ptr<TestExchange> greet_old(RemoteRig& rig) {
  rig.options.transport = RemoteTransport::Sse;
  rig.start();
  rig.send(kInitialize);
  auto stream = open_old(rig);
  const auto initialize = rig.received();
  CHECK(initialize->target() == "/m?s=1");
  initialize->answer(202, "", "Accepted");
  stream->chunk(sse_event("", "message", greeting_for("1")));
  rig.line();
  rig.send(kInitialized);
  rig.received()->answer(202);
  return stream;
}

}  // namespace

TEST_CASE("a stream that ended after an event with an id is resumed") {
  RemoteRig rig;
  rig.greet();
  rig.send(request(2, "tools/call"));
  const auto call = rig.received();
  call->begin_stream();
  call->chunk("id: e1\nretry: 500\ndata:\n\n");
  const Nanos before = rig.loop.now().monotonic;
  call->end_stream();
  const auto first = rig.received();
  CHECK(rig.loop.now().monotonic - before >= Millis{500});
  CHECK(first->method() == "GET");
  CHECK(first->field("last-event-id") == "e1");
  CHECK(first->field("mcp-session-id") == "s1");
  first->begin_stream();
  first->chunk("id: e2\nretry: 100\ndata: " +
               std::string(R"({"jsonrpc":"2.0","method":"notifications/message"})") + "\n\n");
  rig.line();
  first->end_stream();
  const auto second = rig.received();
  CHECK(second->field("last-event-id") == "e2");
  second->begin_stream();
  second->chunk(sse_event("e3", "", result(2)));
  CHECK(rig.line() == result(2));
  CHECK(rig.server->requests.size() == rig.seen);
}

TEST_CASE("a stream that breaks is resumed like one that ends") {
  RemoteRig rig;
  rig.greet();
  rig.send(request(2, "tools/call"));
  const auto call = rig.received();
  call->begin_stream();
  call->chunk("id: e1\ndata:\n\n");
  call->drop();
  const auto resumed = rig.received();
  CHECK(resumed->field("last-event-id") == "e1");
  resumed->begin_stream();
  resumed->chunk(sse_event("", "", result(2)));
  CHECK(rig.line() == result(2));
}

TEST_CASE("resuming ends if the server refuses it, or if it brings nothing again and again") {
  RemoteRig rig;
  rig.greet();
  int id = 2;
  for (const int status : {400, 405, 200}) {
    CAPTURE(status);
    rig.send(request(id, "tools/call"));
    const auto call = rig.received();
    call->begin_stream();
    call->chunk("id: e1\nretry: 1\ndata:\n\n");
    call->end_stream();
    for (int i = 0; i < (status == 200 ? 6 : 1); ++i)
      rig.received()->answer(status, "Content-Type: text/event-stream\r\n");
    const auto answer = rig.message();
    CHECK(answer->root().find("id").integer() == id);
    CHECK(outcome_of(answer) == "unknown");
    ++id;
  }
  CHECK(rig.server->requests.size() == rig.seen);
}

TEST_CASE("a session that the server has lost is begun again, and the request sent again") {
  for (const bool guess : {false, true}) {
    CAPTURE(guess);
    RemoteRig rig;
    rig.greet("s1");
    rig.send(request(2, "tools/call"));
    const auto call = rig.received();
    if (guess)
      call->json(
          R"({"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"No valid session ID"}})",
          400);
    else
      call->answer(404, "Content-Type: text/html\r\n", "<html>");
    renew(rig, "s2");
    const auto again = next(rig, "tools/call");
    CHECK(again->body == call->body);
    CHECK(again->field("mcp-session-id") == "s2");
    again->json(result(2));
    std::vector<std::string> seen;
    for (int i = 0; i < 3; ++i) seen.push_back(rig.line());
    CHECK(std::count(seen.begin(), seen.end(), result(2)) == 1);
    for (const char* list : {"tools", "prompts"}) {
      const std::string note =
          R"({"jsonrpc":"2.0","method":"notifications/)" + std::string(list) + R"(/list_changed"})";
      CHECK(std::count(seen.begin(), seen.end(), note) == 1);
    }
    CHECK(rig.lines.size() == rig.read);
  }
}

TEST_CASE("requests of the lost session are answered, sent again, or have an unknown outcome") {
  RemoteRig rig;
  rig.options.times.renewed = Millis{100};
  rig.greet("s1");
  for (int id = 2; id <= 4; ++id) rig.send(request(id, "tools/call"));
  std::vector<std::shared_ptr<TestExchange>> calls(5);
  for (int i = 0; i < 3; ++i) {
    const auto call = rig.received();
    calls[static_cast<size_t>(std::stoi(id_of(*call)))] = call;
  }
  calls[4]->begin_stream();
  calls[2]->answer(404);
  calls[3]->answer(404);
  renew(rig, "s2");
  for (int i = 0; i < 2; ++i) {
    const auto again = next(rig, "tools/call");
    again->json(result(id_of(*again)));
  }
  std::vector<std::string> answers;
  while (answers.size() < 3) {
    const std::string line = rig.line();
    if (line.find("list_changed") == std::string::npos) answers.push_back(line);
  }
  CHECK(std::count(answers.begin(), answers.end(), result(2)) == 1);
  CHECK(std::count(answers.begin(), answers.end(), result(3)) == 1);
  const auto lost = parsed(answers.back());
  CHECK(lost->root().find("id").integer() == 4);
  CHECK(outcome_of(lost) == "unknown");
}

TEST_CASE("a request that the server refuses in the new session as well is not sent a third time") {
  RemoteRig rig;
  rig.greet("s1");
  rig.send(request(2, "tools/call"));
  rig.received()->answer(404);
  renew(rig, "s2");
  next(rig, "tools/call")->answer(404);
  std::string line = rig.line();
  while (line.find("list_changed") != std::string::npos) line = rig.line();
  const auto answer = parsed(line);
  CHECK(answer->root().find("id").integer() == 2);
  CHECK(answer->root().at_pointer("/error/data/status").integer() == 404);
}

TEST_CASE("a guess that the session is lost counts at most once in a while") {
  RemoteRig rig;
  rig.greet("s1");
  rig.send(request(2, "tools/call"));
  rig.received()->answer(400, "", "unknown session");
  renew(rig, "s2");
  next(rig, "tools/call")->json(result(2));
  rig.send(request(3, "tools/call"));
  next(rig, "tools/call")->answer(400, "", "unknown session");
  std::string line = rig.line();
  while (line.find("\"id\":3") == std::string::npos) line = rig.line();
  CHECK(code_of(parsed(line)) == static_cast<int>(RemoteErrorCode::Refused));
}

TEST_CASE("level and subscriptions are set again in the new session") {
  RemoteRig rig;
  rig.greet("s1");
  const std::string messages[] = {request(2, "logging/setLevel", R"({"level":"debug"})"),
                                  request(3, "logging/setLevel", R"({"level":"error"})"),
                                  request(4, "resources/subscribe", R"({"uri":"a:1"})"),
                                  request(5, "resources/subscribe", R"({"uri":"a:2"})"),
                                  request(6, "resources/unsubscribe", R"({"uri":"a:1"})")};
  for (const std::string& message : messages) {
    rig.send(message);
    const auto exchange = rig.received();
    exchange->json(result(id_of(*exchange)));
    rig.line();
  }
  rig.send(request(7, "tools/call"));
  rig.received()->answer(404);
  renew(rig, "s2");
  std::vector<std::string> again;
  for (int i = 0; i < 4; ++i) {
    const auto exchange = rig.received();
    if (exchange->method() == "GET") {
      exchange->answer(405);
      continue;
    }
    const auto message = parsed(exchange->body);
    again.push_back(message->root().find("method").text() + " " +
                    std::string(message->root().find("params").raw()));
    exchange->json(result(id_of(*exchange)));
  }
  std::sort(again.begin(), again.end());
  CHECK(again == std::vector<std::string>{R"(logging/setLevel {"level":"error"})",
                                          R"(resources/subscribe {"uri":"a:2"})", "tools/call {}"});
  std::string line = rig.line();
  while (line.find("list_changed") != std::string::npos) line = rig.line();
  CHECK(line == result(7));
}

TEST_CASE("if no new session can begin, the server is gone") {
  RemoteRig rig;
  rig.options.times.back_off = Millis{1};
  rig.greet("s1");
  rig.send(request(2, "tools/call"));
  rig.received()->answer(404);
  rig.received()->answer(403);
  rig.wait([&] { return rig.gone.has_value(); });
  CHECK(rig.gone->find("lost its session") == 0);
  CHECK(rig.gone->find("403") != std::string::npos);
  CHECK_FALSE(rig.remote->send(request(3, "ping")));
}

TEST_CASE("the loss is also noticed by the server's own stream and by a resumed one") {
  RemoteRig rig;
  rig.greet("s1");
  rig.send(request(2, "tools/call"));
  const auto call = rig.received();
  call->begin_stream();
  call->chunk("id: e1\nretry: 1\ndata:\n\n");
  call->end_stream();
  rig.received()->answer(404);
  // The call was executed, perhaps, so it is not sent again.
  CHECK(outcome_of(rig.message()) == "unknown");
  renew(rig, "s2");
  const auto stream = next(rig, "GET");
  stream->begin_stream();
  stream->chunk("retry: 1\n\n");
  stream->end_stream();
  next(rig, "GET")->answer(404);
  renew(rig, "s3");
}

TEST_CASE("without a session id, 404 means what it says") {
  RemoteRig rig;
  rig.greet("");
  rig.send(request(2, "tools/call"));
  rig.received()->answer(404);
  CHECK(code_of(rig.message()) == static_cast<int>(RemoteErrorCode::Refused));
}

TEST_CASE("HTTP+SSE posts to the endpoint, and answers come on the stream") {
  RemoteRig rig;
  const auto stream = greet_old(rig);
  rig.send(request(2, "tools/call"));
  rig.send(request(3, "tools/list"));
  const auto first = rig.received(), second = rig.received();
  CHECK(first->target() == "/m?s=1");
  CHECK(first->field("mcp-protocol-version") == "-");
  first->answer(202);
  second->answer(200, "", "ok");
  stream->chunk(sse_event("", "message", result(3)));
  CHECK(rig.line() == result(3));
  const std::string note = R"({"jsonrpc":"2.0","method":"notifications/message"})";
  stream->chunk(sse_event("", "other", "x") + sse_event("", "", note));
  CHECK(rig.line() == note);
  stream->chunk(sse_event("", "message", result(2)));
  CHECK(rig.line() == result(2));
  rig.send(request(4, "tools/call"));
  rig.received()->answer(500);
  CHECK(outcome_of(rig.message()) == "unknown");
  rig.remote->stop(Millis{5'000});
  rig.wait([&] { return rig.gone.has_value(); });
  rig.wait([&] { return stream->closed(); });
}

TEST_CASE("HTTP+SSE knows no modern requests") {
  RemoteRig rig;
  rig.options.transport = RemoteTransport::Sse;
  rig.start();
  rig.send(modern(1, "server/discover"));
  CHECK(code_of(rig.message()) == kNoMethod);
  rig.send(kInitialize);
  open_old(rig);
  CHECK(method_of(*rig.received()) == "initialize");
}

TEST_CASE("the endpoint is resolved against the URL to which the stream was redirected") {
  RemoteRig rig;
  rig.options.transport = RemoteTransport::Sse;
  rig.start();
  rig.send(kInitialize);
  rig.received()->answer(302, "Location: /a/b/sse\r\n");
  open_old(rig, "post?s=1");
  CHECK(rig.received()->target() == "/a/b/post?s=1");
}

TEST_CASE("the endpoint must be of the same origin, and come in time") {
  for (const char* endpoint : {"http://other.test/m", "https://127.0.0.1/m", "//other.test/m",
                               "http://user@127.0.0.1/m", "file:///m"}) {
    CAPTURE(endpoint);
    RemoteRig rig;
    rig.options.transport = RemoteTransport::Sse;
    rig.start();
    rig.send(kInitialize);
    const auto stream = open_old(rig, endpoint);
    CHECK(code_of(rig.message()) == static_cast<int>(RemoteErrorCode::Unavailable));
    rig.wait([&] { return stream->closed(); });
    CHECK(rig.server->requests.size() == 1);
  }
  RemoteRig late;
  late.options.transport = RemoteTransport::Sse;
  late.options.times.endpoint = Millis{20};
  late.start();
  late.send(kInitialize);
  late.received()->begin_stream();
  CHECK(word_of(late.message()) == "remote.endpoint");
}

TEST_CASE("the loss of the stream of HTTP+SSE is the loss of the session") {
  RemoteRig rig;
  const auto stream = greet_old(rig);
  rig.send(request(2, "tools/call"));
  rig.received()->answer(202);
  stream->end_stream();
  CHECK(outcome_of(rig.message()) == "unknown");
  rig.send(request(3, "tools/list"));
  const auto fresh = open_old(rig, "/m?s=2");
  const auto initialize = rig.received();
  CHECK(initialize->target() == "/m?s=2");
  CHECK(method_of(*initialize) == "initialize");
  initialize->answer(202);
  fresh->chunk(sse_event("", "message", greeting_for(id_of(*initialize))));
  const auto initialized = rig.received();
  CHECK(method_of(*initialized) == "notifications/initialized");
  initialized->answer(202);
  const auto list = rig.received();
  CHECK(id_of(*list) == "3");
  list->answer(202);
  CHECK(rig.line().find("list_changed") != std::string::npos);
  CHECK(rig.line().find("list_changed") != std::string::npos);
  fresh->chunk(sse_event("", "message", result(3)));
  CHECK(rig.line() == result(3));
}

TEST_CASE("a server that refuses initialize is tried with HTTP+SSE") {
  for (const int status : {400, 404, 405}) {
    CAPTURE(status);
    RemoteRig rig;
    rig.start();
    rig.send(kInitialize);
    rig.received()->answer(status);
    const auto stream = open_old(rig);
    const auto initialize = rig.received();
    CHECK(initialize->target() == "/m?s=1");
    CHECK(initialize->body == kInitialize);
    initialize->answer(202);
    stream->chunk(sse_event("", "message", greeting_for("1")));
    CHECK(rig.line() == greeting_for("1"));
  }
}

TEST_CASE("if both transports fail, the error names all statuses") {
  RemoteRig rig;
  rig.start();
  rig.send(modern(1, "server/discover"));
  rig.received()->answer(406);
  CHECK(code_of(rig.message()) == kNoMethod);
  rig.send(request(2, "initialize"));
  rig.received()->answer(404);
  rig.received()->answer(410);
  const auto both = rig.message();
  CHECK(code_of(both) == kNoMethod);
  for (const char* status : {"406", "404", "410"})
    CHECK(text_of(both).find(status) != std::string::npos);
  // The server's own error keeps its code.
  rig.send(request(3, "initialize"));
  rig.received()->json(R"({"jsonrpc":"2.0","id":null,"error":{"code":-32022,"message":"v"}})", 400);
  rig.received()->json("{}");
  const auto own = rig.message();
  CHECK(code_of(own) == -32022);
  CHECK(text_of(own).find("400") != std::string::npos);
  RemoteRig http;
  http.options.transport = RemoteTransport::Http;
  http.start();
  http.send(kInitialize);
  http.received()->answer(404);
  CHECK(code_of(http.message()) == kNoMethod);
  CHECK(http.server->requests.size() == 1);
}
