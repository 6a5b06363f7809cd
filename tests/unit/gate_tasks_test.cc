// One request, one answer: whatever a server asks while its call becomes a task, and in whatever
// order things come.
#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

constexpr const char* kAsksWhich =
    R"({"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{"message":"which?"}})";

/// A call line of a modern client that can be asked and knows tasks.
std::string tasking_call(const std::string& id, const std::string& more = "") {
  return call_line(id, "a__x", "{}",
                   more + R"(,"task":{"ttl":60000},"_meta":{)"
                          R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
                          R"("io.modelcontextprotocol/clientInfo":{"name":"cursor","version":"1"},)"
                          R"("io.modelcontextprotocol/clientCapabilities":{"elicitation":{},)"
                          R"("extensions":{"io.modelcontextprotocol/tasks":{}}}})");
}

/// A legacy server `a` with the tool `x`, whose calls become tasks.
struct Tasking : World {
  FakeLink link;
  SessionNumber session = 0;
  Tasking() : World({"a"}) {}
  void legacy() {
    session = connect(link, R"({"elicitation":{}})", "2025-11-25");
    bring_up(0, {"x"});
    link.got.clear();
  }
  void modern() {
    session = gate->open_session(now, link, {});
    std::string list = tasking_call("1");
    list.replace(list.find("tools/call"), 10, "tools/list");
    say(session, list);
    bring_up(0, {"x"});
    link.got.clear();
  }
  /// A modern client makes a call, and the child asks it a question. Returns the child's request.
  std::string asked_in_call() {
    modern();
    say(session, tasking_call("2"));
    std::string sent = child_gets();
    child_says(0, kAsksWhich);
    return sent;
  }
  /// The child answers that request with a task.
  void becomes_task(const std::string& sent) { answers(sent, kTask); }
  void answers(const std::string& sent, const std::string& result) {
    child_says(0, R"({"jsonrpc":"2.0","id":)" + at(sent, "/id") + R"(,"result":)" + result + "}");
  }
  /// A modern client comes back with its answer to the question.
  void comes_back(const std::string& id, const std::string& put,
                  const std::string& key = "question-1-1") {
    say(session, tasking_call(id, R"(,"inputResponses":{")" + key +
                                      R"(":{"action":"accept","content":{}}},"requestState":)" +
                                      at(put, "/result/requestState")));
  }
  std::string child_gets() { return children.take(0); }
  inline static const std::string kTask = R"({"task":{"taskId":"t","status":"working"}})";
};

}  // namespace

TEST_CASE("a question that outlives the answer that its call is a task gives no second answer") {
  Tasking world;
  world.legacy();
  world.say(world.session,
            call_line("1", "a__x", "{}", R"(,"task":{"ttl":60000},"_meta":{"progressToken":"p"})"));
  const std::string sent = world.child_gets();
  world.child_says(0, kAsksWhich);
  const std::string question = world.link.take();
  REQUIRE(at(question, "/method") == "\"elicitation/create\"");
  world.becomes_task(sent);
  CHECK(at(world.link.take(), "/result/task/status") == "\"working\"");
  world.say(world.session, R"({"jsonrpc":"2.0","id":)" + at(question, "/id") +
                               R"(,"result":{"action":"decline"}})");
  CHECK(at(world.child_gets(), "/result/action") == "\"decline\"");
  world.pass(1s);
  CHECK(world.link.got.empty());
  CHECK(world.children.got[0].empty());
  CHECK(world.record.all<CallFinished>().empty());
  // Its progress still has its token.
  world.child_says(0, R"({"jsonrpc":"2.0","method":"notifications/progress","params":{)"
                      R"("progressToken":)" +
                          at(sent, "/params/_meta/progressToken") + R"(,"progress":1}})");
  CHECK(at(world.link.take(), "/params/progressToken") == "\"p\"");
  // A second answer of the server to the same request is nobody's.
  world.becomes_task(sent);
  CHECK(world.link.got.empty());
}

TEST_CASE("a server that answers while its client's answer is being recorded is heard") {
  Tasking world;
  const std::string sent = world.asked_in_call();
  world.pass(10ms);
  const std::string put = world.link.take();
  REQUIRE(at(put, "/result/resultType") == "\"input_required\"");
  world.hold_record = true;
  world.comes_back("3", put);
  CHECK(world.link.got.empty());
  SUBCASE("with a task") {
    world.becomes_task(sent);
    world.hold_record = false;
    world.settle();
    CHECK(at(world.child_gets(), "/result/action") == "\"accept\"");
    const std::string answer = world.link.take();
    CHECK(at(answer, "/id") == "3");
    CHECK(at(answer, "/result/task/status") == "\"working\"");
  }
  SUBCASE("with its result") {
    world.answers(sent, R"({"content":[]})");
    world.hold_record = false;
    world.settle();
    const std::string answer = world.link.take();
    CHECK(at(answer, "/id") == "3");
    CHECK(at(answer, "/result/content") == "[]");
  }
  world.pass(1s);
  CHECK(world.link.got.empty());
}

TEST_CASE("what a client answers to a question goes to the server though the call is a task now") {
  Tasking world;
  const std::string sent = world.asked_in_call();
  world.pass(10ms);
  const std::string put = world.link.take();
  world.becomes_task(sent);
  CHECK(world.link.got.empty());
  world.comes_back("3", put);
  CHECK(at(world.child_gets(), "/result/action") == "\"accept\"");
  const std::string answer = world.link.take();
  CHECK(at(answer, "/id") == "3");
  CHECK(at(answer, "/result/task/status") == "\"working\"");
  world.pass(1s);
  CHECK(world.link.got.empty());
}

TEST_CASE("a question that a task's client has not seen yet comes with its next call") {
  Tasking world;
  const std::string sent = world.asked_in_call();
  world.becomes_task(sent);
  CHECK(at(world.link.take(), "/result/task/status") == "\"working\"");
  world.pass(1s);
  CHECK(world.link.got.empty());
  CHECK(world.children.got[0].empty());
  // The process with the task has no other call meanwhile.
  world.say(world.session, tasking_call("3"));
  world.bring_up(1, {"x"});
  const std::string put = world.link.take();
  CHECK(at(put, "/result/inputRequests/question-0-1/params/message") == "\"which?\"");
  SUBCASE("it is answered") {
    world.comes_back("4", put, "question-0-1");
    CHECK(at(world.child_gets(), "/result/action") == "\"accept\"");
    CHECK(at(world.children.take(1), "/method") == "\"tools/call\"");
  }
  SUBCASE("the server takes it back") {
    world.child_says(
        0, R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"q"}})");
    world.comes_back("4", put, "question-0-1");
    CHECK(world.children.got[0].empty());
    CHECK(at(world.children.take(1), "/method") == "\"tools/call\"");
  }
  SUBCASE("the process that asked is gone") {
    world.gate->child_gone(world.now, 0, {.reason = "exited", .stderr_tail = ""});
    world.comes_back("4", put, "question-0-1");
    CHECK(world.children.got[0].empty());
    CHECK(at(world.children.take(1), "/method") == "\"tools/call\"");
  }
}

TEST_CASE("a task that nobody has heard of yet ends with the process that has it") {
  Tasking world;
  const std::string sent = world.asked_in_call();
  world.pass(10ms);
  const std::string put = world.link.take();
  world.becomes_task(sent);
  world.gate->child_gone(world.now, 0, {.reason = "exited", .stderr_tail = ""});
  REQUIRE(world.record.all<CallFinished>().size() == 1);
  CHECK(world.record.all<CallFinished>()[0].outcome == Outcome::RpcError);
  world.comes_back("3", put);
  CHECK(at(world.link.take(), "/error/data/code") == "\"call.state\"");
  CHECK(world.link.got.empty());
}

TEST_CASE("a call has at most 64 questions open at a modern client") {
  Tasking world;
  world.modern();
  world.say(world.session, tasking_call("2"));
  world.child_gets();
  const auto ask = [&](int number) {
    std::string question = kAsksWhich;
    question.replace(question.find("\"q\""), 3, std::to_string(number));
    world.child_says(0, question);
  };
  for (int i = 0; i < 64; ++i) ask(i);
  CHECK(world.children.got[0].empty());
  ask(64);
  CHECK(at(world.child_gets(), "/error/message") ==
        "\"the server has too many unanswered questions\"");
}
