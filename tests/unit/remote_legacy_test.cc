// Streamable HTTP in the legacy era: the handshake, answers, streams, cancellation and the end.
#include "remote_rig.h"

using namespace callgate;

TEST_CASE("the handshake brings the session id and the version, which later messages repeat") {
  RemoteRig rig;
  rig.options.fields = {{"X-Team", "blue"}};
  rig.start();
  rig.send(kInitialize);
  const auto initialize = rig.received();
  CHECK(rig.running);
  CHECK(initialize->body == kInitialize);
  CHECK(initialize->field("content-type") == "application/json");
  CHECK(initialize->field("accept") == "application/json, text/event-stream");
  CHECK(initialize->field("mcp-protocol-version") == "-");
  CHECK(initialize->field("mcp-session-id") == "-");
  CHECK(initialize->field("mcp-method") == "-");
  CHECK(initialize->field("x-team") == "blue");
  initialize->json(R"({"jsonrpc":"2.0","id":1,)" + std::string(kGreeting), 200,
                   "Mcp-Session-Id: abc\r\n");
  rig.line();
  rig.send(kInitialized);
  rig.send(request(2, "tools/list"));
  const auto initialized = rig.received();
  CHECK(initialized->body == kInitialized);
  CHECK(initialized->field("mcp-session-id") == "abc");
  CHECK(initialized->field("mcp-protocol-version") == "2025-11-25");
  // The request waits until the notification is accepted.
  initialized->answer(202);
  const auto first = rig.received(), second = rig.received();
  const auto& stream = first->method() == "GET" ? first : second;
  const auto& list = first->method() == "GET" ? second : first;
  CHECK(stream->field("accept") == "text/event-stream");
  CHECK(stream->field("mcp-session-id") == "abc");
  CHECK(stream->field("mcp-protocol-version") == "2025-11-25");
  CHECK(stream->field("last-event-id") == "-");
  stream->answer(405);
  CHECK(list->field("mcp-session-id") == "abc");
  CHECK(list->field("mcp-method") == "-");
  list->json(result(2));
  CHECK(rig.line() == result(2));
}

TEST_CASE("messages wait until initialize is answered") {
  RemoteRig rig;
  rig.start();
  rig.send(kInitialize);
  rig.send(request(2, "ping"));
  const auto initialize = rig.received();
  CHECK(method_of(*initialize) == "initialize");
  initialize->json(R"({"jsonrpc":"2.0","id":1,)" + std::string(kGreeting));
  rig.line();
  rig.send(kInitialized);
  const auto next = rig.received();
  CHECK(method_of(*next) == "notifications/initialized");
  CHECK(next->field("mcp-session-id") == "-");
}

TEST_CASE("an answer may be a stream, with other messages before it") {
  RemoteRig rig;
  rig.greet();
  rig.send(request(2, "tools/call"));
  const auto call = rig.received();
  call->begin_stream();
  const std::string note = R"({"jsonrpc":"2.0","method":"notifications/progress","params":{}})";
  const std::string question = R"({"jsonrpc":"2.0","id":"q","method":"roots/list"})";
  call->chunk(": hello\n\nevent: ping\ndata: x\n\n" + sse_event("", "message", note));
  CHECK(rig.line() == note);
  call->chunk(sse_event("7", "", question));
  CHECK(rig.line() == question);
  const std::string answer = R"({"jsonrpc":"2.0","id":"q","result":{"roots":[]}})";
  rig.send(answer);
  const auto posted = rig.received();
  CHECK(posted->body == answer);
  posted->answer(202);
  call->chunk(sse_event("8", "message", result(2)));
  CHECK(rig.line() == result(2));
  call->end_stream();
  // The connections are used again.
  const size_t connections = rig.server->connections();
  rig.send(request(3, "tools/list"));
  rig.received()->json(result(3));
  CHECK(rig.line() == result(3));
  CHECK(rig.server->connections() == connections);
}

TEST_CASE("requests are sent in parallel, and answers may come in any order") {
  RemoteRig rig;
  rig.greet();
  for (int id = 2; id < 12; ++id) rig.send(request(id, "tools/call"));
  std::vector<std::shared_ptr<TestExchange>> calls;
  for (int i = 0; i < 10; ++i) calls.push_back(rig.received());
  std::reverse(calls.begin(), calls.end());
  for (const auto& call : calls) {
    call->json(result(id_of(*call)));
    CHECK(rig.line() == result(id_of(*call)));
  }
}

TEST_CASE("the number of requests without an answer, and their bytes, have limits") {
  RemoteRig rig;
  rig.greet();
  for (int i = 0; i < 256; ++i) CHECK(rig.remote->send(request(i + 2, "tools/call")));
  CHECK_FALSE(rig.remote->send(request(999, "tools/call")));
  RemoteRig small;
  small.options.queue_limit = 1000;
  small.greet();
  std::string call = request(2, "tools/call", R"({"p":""})");
  call.insert(call.size() - 3, std::string(1000 - call.size(), 'p'));
  CHECK(call.size() == 1000);
  CHECK(small.remote->send(call));
  CHECK_FALSE(small.remote->send(std::string(kInitialized)));
  small.received()->json(result(2));
  small.line();
  CHECK_FALSE(small.remote->send(call.insert(call.size() - 3, "p")));
  CHECK_FALSE(small.remote->send("no message"));
}

TEST_CASE("an answer has a limit, whether it is a body or an event") {
  RemoteRig rig;
  rig.options.line_limit = 500;
  rig.greet();
  const auto answer_of = [](int id, size_t size) {
    std::string text = result(id, R"({"t":""})");
    text.insert(text.size() - 3, std::string(size - text.size(), 't'));
    return text;
  };
  int id = 2;
  for (const size_t size : {size_t{500}, size_t{501}}) {
    rig.send(request(id, "tools/call"));
    rig.received()->json(answer_of(id, size));
    const auto body = rig.message();
    CHECK(word_of(body) == (size == 500 ? "" : "remote.too_long"));
    ++id;
    rig.send(request(id, "tools/call"));
    const auto call = rig.received();
    call->begin_stream();
    call->chunk(sse_event("", "", answer_of(id, size)));
    const auto event = rig.message();
    CHECK(word_of(event) == (size == 500 ? "" : "remote.too_long"));
    ++id;
  }
  // A long message that answers nothing is reported, and the stream goes on.
  rig.send(request(id, "tools/call"));
  const auto call = rig.received();
  call->begin_stream();
  call->chunk(sse_event("", "", R"({"jsonrpc":"2.0","method":")" + std::string(600, 'm') + "\"}"));
  call->chunk(sse_event("", "", result(id)));
  CHECK(rig.line() == result(id));
  CHECK(rig.too_long.size() == 1);
}

TEST_CASE("a body that is no answer to the request becomes an error") {
  RemoteRig rig;
  rig.greet();
  const std::pair<const char*, const char*> bodies[] = {
      {"application/json", ""},
      {"application/json", R"({"jsonrpc":"2.0","id":77,"result":{}})"},
      {"application/json", R"({"jsonrpc":"2.0","method":"notifications/message"})"},
      {"text/html", "<html>hello</html>"},
      {"text/plain", "it\nworked"}};
  int id = 2;
  for (const auto& one : bodies) {
    const std::string body = one.second;
    CAPTURE(body);
    rig.send(request(id, "tools/call"));
    rig.received()->answer(200, std::string("Content-Type: ") + one.first + "\r\n", body);
    auto answer = rig.message();
    if (answer->root().find("method")) answer = rig.message();
    CHECK(answer->root().find("id").integer() == id);
    CHECK(code_of(answer) == static_cast<int>(RemoteErrorCode::OutcomeUnknown));
    CHECK(outcome_of(answer) == "unknown");
    ++id;
  }
  CHECK(text_of(parsed(rig.lines.back())).find("it worked") != std::string::npos);
  rig.send(request(id, "tools/call"));
  rig.received()->answer(202);
  CHECK(code_of(rig.message()) == static_cast<int>(RemoteErrorCode::OutcomeUnknown));
}

TEST_CASE("an answer that cannot be read is left to the gate if it is certain what it answers") {
  RemoteRig rig;
  rig.greet();
  rig.send(request(2, "tools/call"));
  const std::string broken = R"({"jsonrpc":"2.0","id":2,"result":{"a":tru}})";
  rig.received()->json(broken);
  CHECK(rig.line() == broken);
  rig.send(request(3, "tools/call"));
  rig.received()->json(result(3));
  CHECK(rig.line() == result(3));
}

TEST_CASE("an error without an id belongs to the request") {
  RemoteRig rig;
  rig.greet();
  rig.send(request(2, "tools/call"));
  rig.received()->json(R"({"jsonrpc":"2.0","id":null,"error":{"code":-32000,"message":"no"}})");
  const auto answer = rig.message();
  CHECK(answer->root().find("id").integer() == 2);
  CHECK(code_of(answer) == -32000);
}

TEST_CASE("batches are split, in the revision that has them") {
  RemoteRig rig;
  rig.start();
  rig.send(kInitialize);
  rig.received()->json(
      R"({"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-03-26","capabilities":{}}})");
  rig.line();
  rig.send(kInitialized);
  rig.received()->answer(202);
  rig.received()->answer(405);
  rig.send(request(2, "tools/call"));
  const std::string note = R"({"jsonrpc":"2.0","method":"notifications/message"})";
  rig.received()->json("[" + note + "," + result(2) + "]");
  CHECK(rig.line() == note);
  CHECK(rig.line() == result(2));
}

TEST_CASE("a request has one answer, even if the server sends more") {
  RemoteRig rig;
  rig.greet();
  rig.send(request(2, "tools/call"));
  const auto call = rig.received();
  call->begin_stream();
  call->chunk(sse_event("", "", result(2)) + sse_event("", "", result(2)));
  CHECK(rig.line() == result(2));
  rig.send(request(3, "tools/call"));
  rig.received()->json(result(3));
  CHECK(rig.line() == result(3));
}

TEST_CASE("a stream that ends without an answer and without ids leaves the outcome unknown") {
  RemoteRig rig;
  rig.greet();
  for (const bool clean : {true, false}) {
    const int id = clean ? 2 : 3;
    rig.send(request(id, "tools/call"));
    const auto call = rig.received();
    call->begin_stream();
    call->chunk(": wait\n\n");
    clean ? call->end_stream() : call->drop();
    const auto answer = rig.message();
    CHECK(answer->root().find("id").integer() == id);
    CHECK(outcome_of(answer) == "unknown");
    CHECK(word_of(answer) == "remote.outcome_unknown");
  }
}

TEST_CASE("the server's own stream brings messages, and is opened again after its last event") {
  RemoteRig rig;
  rig.greet("s1");
  RemoteRig other;
  other.start();
  other.send(kInitialize);
  other.received()->json(R"({"jsonrpc":"2.0","id":1,)" + std::string(kGreeting), 200,
                         "Mcp-Session-Id: s2\r\n");
  other.line();
  other.send(kInitialized);
  other.received()->answer(202);
  const auto stream = other.received();
  stream->begin_stream();
  const std::string note = R"({"jsonrpc":"2.0","method":"notifications/message"})";
  stream->chunk("id: e1\nretry: 100\ndata: " + note + "\n\n");
  CHECK(other.line() == note);
  stream->end_stream();
  const auto again = other.received();
  CHECK(again->method() == "GET");
  CHECK(again->field("last-event-id") == "e1");
  // The server cannot resume, so messages may be missing when a new stream opens.
  again->answer(400);
  const auto fresh = other.received();
  CHECK(fresh->field("last-event-id") == "-");
  fresh->begin_stream();
  fresh->chunk(": open\n\n");
  CHECK(other.line().find("notifications/tools/list_changed") != std::string::npos);
  CHECK(other.line().find("notifications/prompts/list_changed") != std::string::npos);
}

TEST_CASE("a cancelled request may still be answered for a while") {
  RemoteRig rig;
  rig.options.times.cancelled = Millis{5'000};
  rig.greet();
  rig.send(request(2, "tools/call"));
  const auto call = rig.received();
  rig.send(cancelled(2));
  const auto notification = rig.received();
  CHECK(notification->body == cancelled(2));
  CHECK(notification->field("mcp-session-id") == "s1");
  notification->answer(202);
  call->json(result(2));
  CHECK(rig.line() == result(2));
  rig.send(cancelled(2));  // nobody waits for it any more
  rig.send(request(3, "ping"));
  CHECK(method_of(*rig.received()) == "ping");
}

TEST_CASE("the stream of a cancelled request is closed in the end, without an answer") {
  RemoteRig rig;
  rig.greet();
  rig.send(request(2, "tools/call"));
  const auto call = rig.received();
  call->begin_stream();
  rig.send(cancelled(2));
  rig.received()->answer(202);
  rig.wait([&] { return call->closed(); });
  rig.send(request(3, "ping"));
  rig.received()->json(result(3));
  CHECK(rig.line() == result(3));
}

TEST_CASE("a request that was not sent yet is cancelled without a word") {
  RemoteRig rig;
  rig.start();
  rig.send(kInitialize);
  rig.send(request(2, "tools/call"));
  rig.send(cancelled(2));
  rig.received()->json(R"({"jsonrpc":"2.0","id":1,)" + std::string(kGreeting));
  rig.line();
  rig.send(kInitialized);
  rig.received()->answer(202);
  CHECK(rig.received()->method() == "GET");
  rig.send(request(3, "ping"));
  CHECK(id_of(*rig.received()) == "3");
}

TEST_CASE("stop ends the session, and the server has a limited time for it") {
  RemoteRig rig;
  rig.greet();
  rig.send(request(2, "tools/call"));
  const auto call = rig.received();
  rig.remote->stop(Millis{5'000});
  CHECK_FALSE(rig.remote->send(request(3, "ping")));
  const auto farewell = rig.received();
  CHECK(farewell->method() == "DELETE");
  CHECK(farewell->field("mcp-session-id") == "s1");
  CHECK_FALSE(rig.gone);
  farewell->answer(405);
  rig.wait([&] { return rig.gone.has_value(); });
  CHECK(*rig.gone == "was stopped");
  rig.wait([&] { return call->closed(); });
  RemoteRig silent;
  silent.greet();
  silent.remote->stop(Millis{5'000});
  silent.remote->stop(Millis{10});
  silent.wait([&] { return silent.gone.has_value(); });
}

TEST_CASE("without a session there is nothing to tell the server at the end") {
  RemoteRig rig;
  rig.greet("");
  rig.remote->stop(Millis{5'000});
  CHECK_FALSE(rig.gone);
  rig.wait([&] { return rig.gone.has_value(); });
  CHECK(rig.server->requests.size() == rig.seen);
}

TEST_CASE("callbacks may destroy the server") {
  RemoteRig rig;
  rig.greet();
  rig.on_line = [&] { rig.remote.reset(); };
  rig.send(request(2, "tools/call"));
  rig.send(request(3, "tools/call"));
  const auto call = rig.received(), other = rig.received();
  call->begin_stream();
  call->chunk(sse_event("", "", R"({"jsonrpc":"2.0","method":"notifications/message"})") +
              sse_event("", "", result(id_of(*call))));
  rig.line();
  rig.wait([&] { return call->closed() && other->closed(); });
  CHECK(rig.lines.size() == rig.read);
  CHECK_FALSE(rig.gone);
}

TEST_CASE("fields that HTTP or MCP reserves cannot be configured") {
  RemoteRig rig;
  const auto start = [&](WebFields fields) {
    rig.options.fields = std::move(fields);
    auto started = RemoteServer::start(rig.http, rig.options, {});
    return started.ok() ? "ok" : started.error().code;
  };
  for (const char* name :
       {"Mcp-Session-Id", "MCP-Protocol-Version", "mcp-anything", "Content-Type", "accept", "Host",
        "Content-Length", "Transfer-Encoding", "Connection", "Last-Event-ID", "", "a b", "a:b"}) {
    CAPTURE(name);
    CHECK(start({{name, "x"}}) == "remote.field");
  }
  CHECK(start({{"X-Key", "a\nb"}}) == "remote.field");
  CHECK(start({{"X-Key", std::string(8192, 'a')}}) == "ok");
  CHECK(start({{"X-Key", std::string(8193, 'a')}}) == "remote.field");
  CHECK(start(WebFields(100, {"X-Key", "a"})) == "ok");
  CHECK(start(WebFields(101, {"X-Key", "a"})) == "remote.field");
}
