// A request gets one answer, whatever a server asks while its call becomes a task, and in whatever
// order messages come.
#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

const std::string kAsksWhich = request("elicitation/create", R"({"message":"which?"})", "\"q\"");

/// A call of a modern client that can be asked and knows tasks.
std::string tasking_call(const std::string& id, const std::string& more = "") {
  return call_line(id, "a__x", "{}", more + R"(,"task":{"ttl":60000},)" + modern_meta(kAllModern));
}

/// A legacy server `a` with the tool `x`, whose calls become tasks.
struct Tasking : OneClient {
  Tasking() : OneClient({"a"}) {}
  void legacy() {
    hello(R"({"elicitation":{}})", "2025-11-25");
    bring_up(0, {"x"});
    link.got.clear();
  }
  void modern() {
    open();
    client_sends(modern_request("tools/list", "", "77", kAllModern));
    bring_up(0, {"x"});
    link.got.clear();
  }
  /// A modern client makes a call, and the child asks it a question. Returns the child's request.
  std::string asked_in_call() {
    modern();
    client_sends(tasking_call("2"));
    std::string sent = child_gets();
    child_sends(kAsksWhich);
    return sent;
  }
  /// The child answers that request with a task.
  void becomes_task(const std::string& sent) { answers(sent, kTask); }
  void answers(const std::string& sent, const std::string& result) {
    child_sends(answer_to(sent, result));
  }
  /// A modern client comes back with its answer to the question.
  void comes_back(const std::string& id, const std::string& asked,
                  const std::string& key = "question-1-1") {
    client_sends(tasking_call(id, R"(,"inputResponses":{)" + quoted(key) +
                                      R"(:{"action":"accept","content":{}}})" + state_of(asked)));
  }
  inline static const std::string kTask = R"({"task":{"taskId":"t","status":"working"}})";
};

}  // namespace

TEST_CASE("a call that became a task while a question was open gets no second answer") {
  Tasking world;
  world.legacy();
  world.client_sends(
      call_line("1", "a__x", "{}", R"(,"task":{"ttl":60000},"_meta":{"progressToken":"p"})"));
  const std::string sent = world.child_gets();
  world.child_sends(kAsksWhich);
  const std::string question = world.client_gets();
  REQUIRE(at(question, "/method") == "\"elicitation/create\"");
  world.becomes_task(sent);
  CHECK(at(world.client_gets(), "/result/task/status") == "\"working\"");
  world.client_sends(answer_to(question, R"({"action":"decline"})"));
  CHECK(at(world.child_gets(), "/result/action") == "\"decline\"");
  world.pass(1s);
  CHECK(world.link.got.empty());
  CHECK(world.children.got[0].empty());
  CHECK(world.record.all<CallFinished>().empty());
  // Its progress still has its token.
  world.child_sends(progress(at(sent, "/params/_meta/progressToken")));
  CHECK(at(world.client_gets(), "/params/progressToken") == "\"p\"");
  // The gate drops a second answer of the server to the same request.
  world.becomes_task(sent);
  CHECK(world.link.got.empty());
}

TEST_CASE("a server's answer counts if it comes while the client's answer is being recorded") {
  Tasking world;
  const std::string sent = world.asked_in_call();
  world.pass(10ms);
  const std::string asked = world.client_gets();
  REQUIRE(at(asked, "/result/resultType") == "\"input_required\"");
  world.hold_record = true;
  world.comes_back("3", asked);
  CHECK(world.link.got.empty());
  SUBCASE("the server answers with a task") {
    world.becomes_task(sent);
    world.hold_record = false;
    world.settle();
    CHECK(at(world.child_gets(), "/result/action") == "\"accept\"");
    const std::string answer = world.client_gets();
    CHECK(at(answer, "/id") == "3");
    CHECK(at(answer, "/result/task/status") == "\"working\"");
  }
  SUBCASE("the server answers with a result") {
    world.answers(sent, R"({"content":[]})");
    world.hold_record = false;
    world.settle();
    const std::string answer = world.client_gets();
    CHECK(at(answer, "/id") == "3");
    CHECK(at(answer, "/result/content") == "[]");
  }
  world.pass(1s);
  CHECK(world.link.got.empty());
}

TEST_CASE("a client's answer to a question reaches the server even if the call has become a task") {
  Tasking world;
  const std::string sent = world.asked_in_call();
  world.pass(10ms);
  const std::string asked = world.client_gets();
  world.becomes_task(sent);
  CHECK(world.link.got.empty());
  world.comes_back("3", asked);
  CHECK(at(world.child_gets(), "/result/action") == "\"accept\"");
  const std::string answer = world.client_gets();
  CHECK(at(answer, "/id") == "3");
  CHECK(at(answer, "/result/task/status") == "\"working\"");
  world.pass(1s);
  CHECK(world.link.got.empty());
}

TEST_CASE("a client gets a task's open question with its next call") {
  Tasking world;
  const std::string sent = world.asked_in_call();
  world.becomes_task(sent);
  CHECK(at(world.client_gets(), "/result/task/status") == "\"working\"");
  world.pass(1s);
  CHECK(world.link.got.empty());
  CHECK(world.children.got[0].empty());
  // The child with the task gets no other call meanwhile.
  world.client_sends(tasking_call("3"));
  world.bring_up(1, {"x"});
  const std::string asked = world.client_gets();
  CHECK(at(asked, "/result/inputRequests/question-0-1/params/message") == "\"which?\"");
  SUBCASE("the client answers it") {
    world.comes_back("4", asked, "question-0-1");
    CHECK(at(world.child_gets(), "/result/action") == "\"accept\"");
    CHECK(at(world.child_gets(1), "/method") == "\"tools/call\"");
  }
  SUBCASE("the server cancels it") {
    world.child_sends(cancelled("\"q\""));
    world.comes_back("4", asked, "question-0-1");
    CHECK(world.children.got[0].empty());
    CHECK(at(world.child_gets(1), "/method") == "\"tools/call\"");
  }
  SUBCASE("the child that asked has gone") {
    world.gate->child_gone(world.now, 0, {.reason = "exited", .stderr_tail = ""});
    world.comes_back("4", asked, "question-0-1");
    CHECK(world.children.got[0].empty());
    CHECK(at(world.child_gets(1), "/method") == "\"tools/call\"");
  }
}

TEST_CASE("a task that its client does not know yet ends with its child") {
  Tasking world;
  const std::string sent = world.asked_in_call();
  world.pass(10ms);
  const std::string asked = world.client_gets();
  world.becomes_task(sent);
  world.gate->child_gone(world.now, 0, {.reason = "exited", .stderr_tail = ""});
  REQUIRE(world.record.all<CallFinished>().size() == 1);
  CHECK(world.record.all<CallFinished>()[0].outcome == Outcome::RpcError);
  world.comes_back("3", asked);
  CHECK(at(world.client_gets(), "/error/data/code") == "\"call.state\"");
  CHECK(world.link.got.empty());
}

TEST_CASE("a call has at most 64 open questions at a modern client") {
  Tasking world;
  world.modern();
  world.client_sends(tasking_call("2"));
  world.child_gets();
  const auto ask = [&](int number) {
    std::string question = kAsksWhich;
    question.replace(question.find("\"q\""), 3, std::to_string(number));
    world.child_sends(question);
  };
  for (int i = 0; i < 64; ++i) ask(i);
  CHECK(world.children.got[0].empty());
  ask(64);
  CHECK(at(world.child_gets(), "/error/message") ==
        "\"the server has too many unanswered questions\"");
}
