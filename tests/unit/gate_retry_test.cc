// Calls that a client repeats because it did not get the answer, and late answers.
#include "callgate/guard/guard.h"
#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

const std::string kTimeout = R"("McpError: MCP error -32001: Request timed out")";

std::string cancelled_because(const std::string& id, const std::string& reason) {
  return notification("notifications/cancelled",
                      R"({"requestId":)" + id + R"(,"reason":)" + reason + "}");
}

std::string create(const std::string& id, const std::string& arguments = R"({"name":"a"})",
                   const std::string& more = "") {
  return call_line(id, "shop__create", arguments, more);
}

/// A server with a tool that writes and one that reads. Sessions share its child.
struct Shop : OneServer {
  Shop() : OneServer({.name = "shop", .tools = {"create", "get"}}) {}
  explicit Shop(const RetryConfig& retry) : Shop() {
    Result<Policy> policy = Policy::compile({.servers = {"shop"}}, {}, "/home/me");
    gate->reload(now, {.servers = {{.name = "shop", .command = "mcp-server-time"}},
                       .policy = std::move(*policy),
                       .retry = retry});
    while (!link.got.empty()) client_gets();
  }
  /// The client makes the call, and gives up waiting after a second. Returns what the child got.
  std::string time_out(const std::string& line) {
    client_sends(line);
    std::string sent = child_gets();
    pass(1s);
    client_sends(cancelled_because(at(line, "/id"), kTimeout));
    return sent;
  }
};

bool says(const std::string& answer, const std::string& text) {
  return answer.find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("a retry waits for the running call and gets its answer, with a note") {
  Shop shop;
  const std::string sent = shop.time_out(create("1"));
  CHECK(shop.child_gets().empty());  // the server is not told to stop
  shop.client_sends(create("2"));
  CHECK(shop.child_gets().empty());
  shop.child_sends(answer_to(sent, text_result("made")));
  const std::string answer = shop.client_gets();
  CHECK(at(answer, "/id") == "2");
  CHECK(at(answer, "/result/content/0/text") == R"("made")");
  CHECK(says(at(answer, "/result/content/1/text"), "Already done at "));
  CHECK(says(at(answer, "/result/content/1/text"), "call 3-1 "));
  CHECK(at(answer, "/result/_meta/callgate~1earlier_call") == R"("3-1")");
  const auto ends = shop.record.all<CallFinished>();
  REQUIRE(ends.size() == 2);
  CHECK(ends[0].outcome == Outcome::Cancelled);
  CHECK(ends[1].outcome == Outcome::Repeated);
  CHECK(ends[1].earlier == (uint64_t{3} << 32 | 1));
  const auto late = shop.record.all<LateAnswer>();
  REQUIRE(late.size() == 1);
  CHECK(late[0].call == 1);
  CHECK(late[0].outcome == Outcome::Ok);
  CHECK(late[0].result.bytes == text_result("made"));
}

TEST_CASE("an answer that came too late answers one retry, and the next equal call is made") {
  Shop shop;
  const std::string sent = shop.time_out(create("1"));
  shop.child_sends(answer_to(sent, text_result("made")));
  CHECK(shop.client_gets().empty());
  shop.pass(4min);
  shop.client_sends(create("2"));
  CHECK(says(shop.client_gets(), "Already done at "));
  shop.client_sends(create("3"));
  CHECK(at(shop.child_gets(), "/params/name") == R"("create")");
}

TEST_CASE("a retry is answered until the window is over") {
  Shop shop;
  const std::string sent = shop.time_out(create("1"));
  shop.child_sends(answer_to(sent, text_result("made")));
  shop.pass(5min);
  shop.client_sends(create("2"));
  CHECK(!shop.child_gets().empty());
}

TEST_CASE("arguments are equal in whatever order and notation, and other calls are made") {
  Shop shop;
  shop.time_out(create("1", R"({"a":1,"b":["é",null],"c":1e2})"));
  shop.client_sends(create("2", R"({ "c":100.0, "b":["\u00e9", null], "a":1 })"));
  CHECK(shop.child_gets().empty());
  for (const char* other :
       {R"({"a":1,"b":["é",null],"c":101})", R"({"a":1,"b":[null,"é"],"c":100})",
        R"({"a":"1","b":["é",null],"c":100})"}) {
    shop.client_sends(create("3", other));
    CHECK(!shop.child_gets().empty());
  }
}

TEST_CASE("a call that only reads is made again, and its late answer is recorded") {
  Shop shop;
  shop.client_sends(call_line("1", "shop__get"));
  const std::string sent = shop.child_gets();
  shop.client_sends(cancelled_because("1", kTimeout));
  CHECK(at(shop.child_gets(), "/method") == "\"notifications/cancelled\"");
  shop.client_sends(call_line("2", "shop__get"));
  CHECK(at(shop.child_gets(), "/params/name") == R"("get")");
  shop.child_sends(answer_to(sent, text_result("late")));
  CHECK(shop.link.got.empty());
  REQUIRE(shop.record.all<LateAnswer>().size() == 1);
}

TEST_CASE("a client that stops a call on purpose stops it at the server") {
  for (const std::string& reason :
       {std::string(R"("AbortError: This operation was aborted")"), std::string(R"("")")}) {
    Shop shop;
    shop.client_sends(create("1"));
    const std::string sent = shop.child_gets();
    shop.client_sends(cancelled_because("1", reason));
    CHECK(at(shop.child_gets(), "/params/reason") == reason);
    shop.client_sends(create("2"));  // the server may still answer
    CHECK(shop.child_gets().empty());
    SUBCASE("it answers") {
      shop.child_sends(answer_to(sent, text_result("made")));
      CHECK(at(shop.client_gets(), "/result/content/0/text") == R"("made")");
    }
    SUBCASE("it does not, so the client is told once that the outcome is unknown") {
      shop.pass(9s);
      CHECK(shop.client_gets().empty());
      shop.pass(2s);
      const std::string answer = shop.client_gets();
      CHECK(at(answer, "/result/isError") == "true");
      CHECK(says(answer, "unknown"));
      CHECK(says(answer, "3-1"));
      CHECK(shop.record.all<CallFinished>().back().outcome == Outcome::Repeated);
      shop.client_sends(create("3"));
      CHECK(at(shop.child_gets(), "/params/name") == R"("create")");
      shop.child_sends(answer_to(sent, text_result("very late")));
      CHECK(shop.record.all<LateAnswer>().size() == 1);
    }
  }
}

TEST_CASE("if the server confirms with an error that it has stopped, the call is made again") {
  Shop shop;
  shop.client_sends(create("1"));
  const std::string sent = shop.child_gets();
  shop.client_sends(cancelled("1"));
  shop.child_gets();
  shop.child_sends(error_to(sent, R"({"code":0,"message":"Request cancelled"})"));
  shop.client_sends(create("2"));
  CHECK(at(shop.child_gets(), "/params/name") == R"("create")");
}

TEST_CASE("an answer that crosses the cancellation counts as not received") {
  Shop shop;
  shop.client_sends(create("1"));
  shop.child_sends(answer_to(shop.child_gets(), text_result("made")));
  CHECK(at(shop.client_gets(), "/id") == "1");
  shop.client_sends(cancelled_because("1", kTimeout));
  shop.client_sends(create("2"));
  CHECK(shop.child_gets().empty());
  CHECK(says(shop.client_gets(), "call 3-1 "));
  // The answer to the retry crosses a cancellation, too.
  shop.client_sends(cancelled_because("2", kTimeout));
  shop.client_sends(create("3"));
  CHECK(shop.child_gets().empty());
  CHECK(says(shop.client_gets(), "call 3-1 "));
}

TEST_CASE("a client that gives up without a word: the equal call waits for the one that runs") {
  Shop shop;
  shop.client_sends(create("1"));
  const std::string sent = shop.child_gets();
  shop.pass(1s);
  shop.client_sends(create("2"));
  shop.client_sends(create("3"));
  CHECK(shop.child_gets().empty());
  SUBCASE("all get the answer") {
    shop.child_sends(answer_to(sent, text_result("made")));
    for (const char* id : {"2", "3", "1"}) CHECK(at(shop.client_gets(), "/id") == id);
    CHECK(shop.record.all<LateAnswer>().empty());
    shop.client_sends(create("4"));
    CHECK(!shop.child_gets().empty());
  }
  SUBCASE("the first is cancelled after all, and goes on for the others") {
    shop.client_sends(cancelled("1"));
    CHECK(shop.child_gets().empty());
    SUBCASE("to its end") {
      shop.child_sends(answer_to(sent, text_result("made")));
      for (const char* id : {"2", "3"}) CHECK(at(shop.client_gets(), "/id") == id);
    }
    SUBCASE("until the last of them is stopped on purpose") {
      shop.client_sends(cancelled("2"));
      CHECK(shop.child_gets().empty());
      shop.client_sends(cancelled("3"));
      CHECK(at(shop.child_gets(), "/params/requestId") == at(sent, "/id"));
    }
  }
  SUBCASE("the server ends") {
    shop.gate->child_gone(shop.now, 0, {.reason = "was killed by signal 9"});
    shop.settle();
    for (const char* id : {"2", "3"}) {
      const std::string answer = shop.client_gets();
      CHECK(at(answer, "/id") == id);
      CHECK(says(answer, "unknown"));
    }
    CHECK(says(shop.client_gets(), "killed"));
  }
}

TEST_CASE("two equal calls that come at once are both made") {
  Shop shop;
  shop.client_sends(create("1"));
  shop.pass(100ms);
  shop.client_sends(create("2"));
  CHECK(!shop.child_gets().empty());
  CHECK(!shop.child_gets().empty());
}

TEST_CASE("sessions that are open at the same time do not get each other's answers") {
  Shop shop;
  FakeLink link;
  const SessionNumber other = shop.connect(link);
  const std::string sent = shop.time_out(create("1"));
  shop.World::client_sends(other, create("1"));
  CHECK(at(shop.child_gets(), "/params/name") == R"("create")");
}

TEST_CASE("a client that comes back gets the answer to the call of its earlier session") {
  Shop shop;
  FakeLink link;
  shop.client_sends(create("1"));
  const std::string sent = shop.child_gets();
  shop.gate->client_gone(shop.now, shop.session, "stdin ended");
  CHECK(shop.child_gets().empty());  // the shared child is not told to stop
  SUBCASE("the same client") {
    const SessionNumber again = shop.connect(link);
    shop.World::client_sends(again, create("1"));
    CHECK(shop.child_gets().empty());
    shop.child_sends(answer_to(sent, text_result("made")));
    CHECK(at(link.take(), "/result/content/0/text") == R"("made")");
  }
  SUBCASE("a client with another name") {
    const SessionNumber again = shop.connect(link, "{}", "2025-06-18", "other");
    shop.World::client_sends(again, create("1"));
    CHECK(!shop.child_gets().empty());
  }
}

TEST_CASE("the gate's own time-out: the outcome is unknown, and a late answer is given") {
  Shop shop;
  shop.client_sends(create("1"));
  const std::string sent = shop.child_gets();
  shop.pass(5min + 1s);
  CHECK(says(shop.client_gets(), "did not answer in time"));
  CHECK(at(shop.child_gets(), "/method") == "\"notifications/cancelled\"");
  SUBCASE("late answer") {
    shop.pass(1min);
    shop.child_sends(answer_to(sent, text_result("made")));
    shop.client_sends(create("2"));
    CHECK(says(shop.client_gets(), "Already done at "));
  }
  SUBCASE("no answer") {
    shop.client_sends(create("2"));
    CHECK(shop.client_gets().empty());
    shop.pass(11s);
    CHECK(says(shop.client_gets(), "unknown"));
  }
  SUBCASE("the server ends") {
    shop.gate->child_gone(shop.now, 0, {.reason = "exited with status 1"});
    shop.pass(1s);
    shop.bring_up(0, {"create", "get"});
    shop.client_sends(create("2"));
    CHECK(says(shop.client_gets(), "unknown"));
  }
}

TEST_CASE("progress of the running call reaches the calls that wait for it, and gives it time") {
  Shop shop;
  const std::string sent = shop.time_out(create("1", "{}", R"(,"_meta":{"progressToken":"a"})"));
  shop.client_sends(create("2", "{}", R"(,"_meta":{"progressToken":"b"})"));
  for (int minute = 0; minute < 8; ++minute) {
    shop.pass(1min);
    shop.child_sends(progress(at(sent, "/id")));
    CHECK(at(shop.client_gets(), "/params/progressToken") == R"("b")");
  }
  shop.child_sends(answer_to(sent, text_result("made")));
  CHECK(at(shop.client_gets(), "/id") == "2");
}

TEST_CASE("a left call that is never answered is stopped by the time-out of its server") {
  Shop shop;
  const std::string sent = shop.time_out(create("1"));
  shop.pass(5min);
  CHECK(at(shop.child_gets(), "/params/requestId") == at(sent, "/id"));
  shop.pass(11s);
  shop.client_sends(create("2"));
  CHECK(says(shop.client_gets(), "unknown"));
}

TEST_CASE("the configuration can make exceptions") {
  for (const RetryConfig& off :
       {RetryConfig{.window = 0ms}, RetryConfig{.exempt = {"shop__cr*"}}}) {
    Shop shop(off);
    shop.time_out(create("1"));
    CHECK(at(shop.child_gets(), "/method") == "\"notifications/cancelled\"");
    shop.client_sends(create("2"));
    CHECK(at(shop.child_gets(), "/params/name") == R"("create")");
  }
}

TEST_CASE("a result that programs read gets no second text, only a member of _meta") {
  Shop shop;
  const std::string sent = shop.time_out(create("1"));
  shop.child_sends(answer_to(sent, R"({"content":[{"type":"text","text":"{}"}]})"));
  shop.client_sends(create("2"));
  const std::string answer = shop.client_gets();
  CHECK(at(answer, "/result/content/1") == "absent");
  CHECK(at(answer, "/result/_meta/callgate~1earlier_call") == R"("3-1")");
}

TEST_CASE("at most 1,024 left calls are kept") {
  Shop shop;
  std::vector<std::string> sent;
  for (int i = 0; i < 1025; ++i) {
    const std::string id = std::to_string(i);
    shop.client_sends(create(id, R"({"name":)" + id + "}"));
    sent.push_back(shop.child_gets());
    shop.client_sends(cancelled_because(id, kTimeout));
  }
  shop.child_sends(answer_to(sent[0], text_result("forgotten")));
  CHECK(shop.record.all<LateAnswer>().empty());
  shop.child_sends(answer_to(sent[1], text_result("kept")));
  CHECK(shop.record.all<LateAnswer>().size() == 1);
}

TEST_CASE("a client that left a call in an earlier run of the gate is told about it") {
  Shop shop;
  UnansweredCall earlier{.id = CallId{2} << 32 | 17,
                         .at = shop.now.wall - 60s,
                         .ended = shop.now.wall - 30s,
                         .server = "shop",
                         .tool = "create",
                         .args = R"({"name":"a"})"};
  const std::string key = memory_key("test", "", "/bin/client");
  SUBCASE("the outcome is unknown; it is told once") {
    shop.gate->client_recalled(shop.now, key, {.unanswered = {earlier}});
    shop.client_sends(create("1"));
    const std::string answer = shop.client_gets();
    CHECK(says(answer, "unknown"));
    CHECK(says(answer, "2-17"));
    CHECK(shop.record.all<CallFinished>().back().earlier == earlier.id);
    shop.client_sends(create("2"));
    CHECK(!shop.child_gets().empty());
  }
  SUBCASE("the server had answered late") {
    earlier.late = true;
    earlier.result = text_result("made");
    shop.gate->client_recalled(shop.now, key, {.unanswered = {earlier}});
    shop.client_sends(create("1"));
    const std::string answer = shop.client_gets();
    CHECK(at(answer, "/id") == "1");
    CHECK(at(answer, "/result/content/0/text") == R"("made")");
    CHECK(says(answer, "call 2-17 "));
  }
  SUBCASE("its retries are unanswered, too, but it is told once") {
    UnansweredCall retry = earlier;
    retry.id = CallId{2} << 32 | 18;
    shop.gate->client_recalled(shop.now, key, {.unanswered = {earlier, retry}});
    shop.client_sends(create("1"));
    CHECK(says(shop.client_gets(), "2-17"));
    shop.client_sends(create("2"));
    CHECK(!shop.child_gets().empty());
  }
  SUBCASE("the client works in another folder, the call only reads, or it is too long ago") {
    UnansweredCall folder = earlier, reads = earlier, old = earlier;
    folder.folder = "/elsewhere";
    reads.read_only = true;
    old.ended = shop.now.wall - 5min;
    for (const UnansweredCall& each : {folder, reads, old}) {
      shop.gate->client_recalled(shop.now, key, {.unanswered = {each}});
      shop.client_sends(create("1"));
      CHECK(!shop.child_gets().empty());
    }
  }
  SUBCASE("the client has been told already") {
    shop.gate->earlier_call_told(shop.now, earlier.id);
    const auto ended = shop.record.all<RetriesEnded>();  // for the runs after this one
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].call == earlier.id);
    shop.gate->client_recalled(shop.now, key, {.unanswered = {earlier}});
    shop.client_sends(create("1"));
    CHECK(!shop.child_gets().empty());
  }
}

TEST_CASE("a call that was cancelled before it was sent has no retries in later runs") {
  Shop shop;
  SUBCASE("while its row is written") {
    shop.hold_record = true;
    shop.client_sends(create("1"));
    CHECK(shop.child_gets().empty());
    shop.client_sends(cancelled_because("1", kTimeout));
    CHECK(shop.record.all<CallFinished>().at(0).outcome == Outcome::Cancelled);
    const auto ended = shop.record.all<RetriesEnded>();
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].call == (CallId{3} << 32 | 1));
  }
  SUBCASE("a call that was sent may have been carried out") {
    shop.time_out(create("1"));
    CHECK(shop.record.all<RetriesEnded>().empty());
  }
  SUBCASE("a call that waits for an earlier one names that call instead") {
    shop.time_out(create("1"));
    shop.client_sends(create("2"));
    shop.client_sends(cancelled_because("2", kTimeout));
    CHECK(shop.record.all<CallFinished>().back().earlier == (CallId{3} << 32 | 1));
    CHECK(shop.record.all<RetriesEnded>().empty());
  }
}

TEST_CASE("a retry of a modern client is recognised although it would go to another child") {
  OneClient world({"shop"});
  world.open();
  world.client_sends(modern_request("tools/list"));
  world.bring_up(0, {"create"});
  // A legacy server that has asked a question gets each call of a modern client in another child.
  world.child_sends(request("elicitation/create", R"({"message":"?"})", "1"));
  while (!world.child_gets().empty()) continue;
  world.link.got.clear();
  const auto call = [&](const std::string& id) {
    world.client_sends(modern_call(id, "shop__create"));
  };
  call("1");
  const std::string sent = world.child_gets();
  CHECK(at(sent, "/params/name") == R"("create")");
  world.pass(1s);
  SUBCASE("the client has given up without telling anybody") {}
  SUBCASE("the client has cancelled the call") {
    world.client_sends(
        notification("notifications/cancelled",
                     R"({"requestId":1,"reason":)" + kTimeout + "," + modern_meta() + "}"));
  }
  call("2");
  REQUIRE(world.children.starts[1] == 1);
  world.bring_up(1, {"create"});
  CHECK(world.child_gets(1).empty());
  world.child_sends(answer_to(sent, text_result("made")));
  std::string answer = world.client_gets();
  if (at(answer, "/id") == "1") answer = world.client_gets();
  CHECK(at(answer, "/id") == "2");
  CHECK(says(answer, "call 3-1 "));
}

TEST_CASE("a question may be about a left call, so it goes to no other session") {
  World world({}, {.servers = {{.name = "shop", .command = "none", .share = Share::All}}});
  FakeLink one, two;
  const auto first = world.connect(one, kAll), second = world.connect(two, kAll);
  world.bring_up(0, {"create", "get"});
  world.client_sends(first, create("1"));
  world.child_gets();
  world.client_sends(first, cancelled_because("1", kTimeout));
  world.client_sends(second, call_line("1", "shop__get"));
  world.child_gets();
  world.child_sends(request("elicitation/create", R"({"message":"?"})", "1"));
  CHECK(one.got.empty());
  CHECK(two.got.empty());
  CHECK(says(world.child_gets(), "which client"));
}

TEST_CASE(
    "the kept answers have at most 16 MiB; without its answer, a retry is answered in words") {
  OneServer shop({.name = "shop", .tools = {"create"}});
  const std::string text(size_t{5} << 20, 'x');
  for (const char* id : {"1", "2", "3", "4"}) {
    const std::string arguments = std::string(R"({"name":)") + id + "}";
    shop.client_sends(create(id, arguments));
    const std::string sent = shop.child_gets();
    shop.client_sends(cancelled_because(id, kTimeout));
    shop.child_sends(answer_to(sent, text_result(text)));
  }
  shop.client_sends(create("5", R"({"name":3})"));
  CHECK(at(shop.client_gets(), "/result/content/0/text").size() == text.size() + 2);
  shop.client_sends(create("6", R"({"name":4})"));
  const std::string answer = shop.client_gets();
  CHECK(says(answer, "no longer has its answer"));
  CHECK(says(answer, "callgate history show 3-4"));
}

TEST_CASE("an answer that the link could not deliver counts as not received") {
  Shop shop;
  shop.client_sends(create("1"));
  shop.child_sends(answer_to(shop.child_gets(), text_result("made")));
  shop.client_gets();
  shop.gate->answer_missed(shop.now, shop.session, "1");
  shop.client_sends(create("2"));
  CHECK(says(shop.client_gets(), "call 3-1 "));
}

TEST_CASE("a session that was open when the earlier session ended is another client") {
  Shop shop;
  FakeLink link, later;
  const SessionNumber other = shop.connect(link);
  shop.client_sends(create("1"));
  shop.child_gets();
  shop.gate->client_gone(shop.now, shop.session, "stdin ended");
  shop.World::client_sends(other, create("1"));
  CHECK(!shop.child_gets().empty());
  const SessionNumber again = shop.connect(later);
  shop.World::client_sends(again, create("1"));
  CHECK(shop.child_gets().empty());
}

TEST_CASE(
    "a question of a server goes to nobody if it may be about the call of a client that left") {
  World world({}, {.servers = {{.name = "shop", .command = "none", .share = Share::All}}});
  FakeLink one, two;
  const auto first = world.connect(one, kAll);
  world.connect(two, kAll);
  world.bring_up(0, {"create", "get"});
  world.client_sends(first, create("1"));
  world.child_gets();
  world.gate->client_gone(world.now, first, "stdin ended");
  world.child_sends(request("elicitation/create", R"({"message":"?"})", "1"));
  CHECK(two.got.empty());
  CHECK(says(world.child_gets(), "which client"));
}

TEST_CASE("a server that has confirmed the end of a call with an error gets the waiting retry") {
  Shop shop;
  shop.client_sends(create("1"));
  const std::string sent = shop.child_gets();
  shop.client_sends(cancelled("1"));
  shop.child_gets();
  shop.client_sends(create("2"));
  shop.client_sends(create("3"));
  shop.child_sends(error_to(sent, R"({"code":0,"message":"Request cancelled"})"));
  const std::string again = shop.child_gets();
  CHECK(at(again, "/params/name") == R"("create")");
  CHECK(shop.child_gets().empty());
  shop.child_sends(answer_to(again, text_result("made")));
  for (const char* id : {"3", "2"}) CHECK(at(shop.client_gets(), "/id") == id);
}

TEST_CASE("a person stops the call although a retry that has given up had waited for it") {
  Shop shop;
  shop.client_sends(create("1"));
  const std::string sent = shop.child_gets();
  shop.pass(1s);
  shop.client_sends(create("2"));
  shop.client_sends(cancelled_because("2", kTimeout));
  shop.client_sends(cancelled("1"));
  CHECK(at(shop.child_gets(), "/params/requestId") == at(sent, "/id"));
}

TEST_CASE("at most sixteen retries wait for a call") {
  Shop shop;
  shop.time_out(create("0"));
  for (int i = 1; i <= 16; ++i) shop.client_sends(create(std::to_string(i)));
  CHECK(shop.link.got.empty());
  shop.client_sends(create("17"));
  CHECK(says(shop.client_gets(), "is still running"));
}

TEST_CASE("an answer that is no result does not answer a retry") {
  Shop shop;
  const std::string sent = shop.time_out(create("1"));
  shop.client_sends(create("2"));
  shop.child_sends(answer_to(sent, R"({"resultType":"input_required","requestState":"secret"})"));
  const std::string answer = shop.client_gets();
  CHECK(says(answer, "unknown"));
  CHECK(!says(answer, "secret"));
}

TEST_CASE(
    "an old answer that is cancelled answers no retry, and neither does that of an old server") {
  Shop shop;
  shop.client_sends(create("1"));
  shop.child_sends(answer_to(shop.child_gets(), text_result("made")));
  shop.pass(6s);
  shop.client_sends(cancelled_because("1", kTimeout));
  shop.client_sends(create("2"));
  const std::string sent = shop.child_gets();
  CHECK(at(sent, "/params/name") == R"("create")");
  shop.client_sends(cancelled_because("2", kTimeout));
  shop.child_sends(answer_to(sent, text_result("made")));
  Result<Policy> policy = Policy::compile({.servers = {"shop"}}, {}, "/home/me");
  shop.gate->reload(shop.now,
                    {.servers = {{.name = "shop", .command = "mcp-server-time", .args = {"new"}}},
                     .policy = std::move(*policy)});
  while (!shop.link.got.empty()) shop.client_gets();
  shop.client_sends(create("3"));
  shop.settle();
  for (const std::string& line : shop.link.got) CHECK(!says(line, "Already done"));
}

TEST_CASE("an answer that came when the client was about to give up is given again") {
  Shop shop;
  shop.time_out(create("1", R"({"name":"first"})"));  // the client waits for one second
  const auto answered_after = [&](const std::string& id, Nanos time) {
    shop.client_sends(create(id));
    const std::string sent = shop.child_gets();
    shop.pass(time);
    shop.child_sends(answer_to(sent, text_result("made")));
    CHECK(at(shop.client_gets(), "/id") == id);
  };
  SUBCASE("the equal call follows at once") {
    answered_after("2", 950ms);
    shop.pass(100ms);
    shop.client_sends(create("3"));
    CHECK(says(shop.client_gets(), "Already done at "));
    shop.client_sends(create("4"));
    CHECK(!shop.child_gets().empty());
  }
  SUBCASE("the answer came early") {
    answered_after("2", 500ms);
    shop.client_sends(create("3"));
    CHECK(!shop.child_gets().empty());
  }
  SUBCASE("the client waits longer for this call than for the one that it gave up") {
    answered_after("2", 1300ms);
    shop.client_sends(create("3"));
    CHECK(!shop.child_gets().empty());
  }
  SUBCASE("the equal call follows later") {
    answered_after("2", 950ms);
    shop.pass(2s);
    shop.client_sends(create("3"));
    CHECK(!shop.child_gets().empty());
  }
}

TEST_CASE(
    "a confirmed stop lets the waiting retries run, also if there is no room for a left call") {
  Shop shop;
  const std::string arguments = R"({"name":"stopped"})";
  shop.client_sends(create("9000", arguments));
  const std::string sent = shop.child_gets();
  shop.client_sends(cancelled("9000"));
  shop.child_gets();
  shop.client_sends(create("9001", arguments));
  shop.client_sends(create("9002", arguments));
  // Each is left at once, so that the time-out of the stopped call does not pass.
  for (int i = 0; i < 1023; ++i) {
    shop.client_sends(create(std::to_string(i), R"({"n":)" + std::to_string(i) + "}"));
    shop.child_gets();
    shop.client_sends(cancelled_because(std::to_string(i), kTimeout));
  }
  shop.child_sends(error_to(sent, R"({"code":0,"message":"Request cancelled"})"));
  const std::string again = shop.child_gets();
  CHECK(at(again, "/params/arguments") == arguments);
  shop.child_sends(answer_to(again, text_result("made")));
  for (const char* id : {"9002", "9001"}) CHECK(at(shop.client_gets(), "/id") == id);
}
