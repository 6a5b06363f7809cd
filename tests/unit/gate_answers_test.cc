// What clients answer to questions of servers is in the record before the server gets it.
#include "gate_world.h"

using namespace callgate;

namespace {

const std::string kAsksName = request("elicitation/create", R"({"message":"name?"})", "\"q\"");

/// A legacy client that answers every question, and a legacy server `a`.
struct Asked : OneServer {
  Asked() : OneServer({.name = "a", .tools = {"x"}, .client = kAll}) {}
  QuestionAnswered last() const { return record.all<QuestionAnswered>().back(); }
};

/// A call of the tool `x`; `more` are further members of its params, each after a comma.
std::string modern_call_with(const std::string& id, const std::string& more = "") {
  return call_line(id, "m__x", "{}", "," + modern_meta(kAllModern) + more);
}

/// A modern client, and a modern server `m` with the tool `x`.
struct ModernAsked : OneClient {
  explicit ModernAsked(PolicyConfig rules = {})
      : OneClient({}, {.servers = {{.name = "m", .command = "none", .era = ServerEra::Modern}},
                       .rules = std::move(rules)}) {
    open();
    client_sends(modern_request("tools/list", "", "77", kAllModern));
    bring_up_modern(0, {"x"}, R"({"tools":{},"extensions":{"io.modelcontextprotocol/tasks":{}}})");
    link.got.clear();
  }
  /// Answers the last request to the child, and returns that request.
  std::string gives(const std::string& result) {
    std::string sent = child_gets();
    child_sends(answer_to(sent, result));
    return sent;
  }
};

}  // namespace

TEST_CASE("an answer to a question is recorded before the server gets it") {
  Asked world;
  world.client_sends(call_line("1", "a__x"));
  const std::string call = world.child_gets();
  world.child_sends(kAsksName);
  const std::string question = world.client_gets();
  world.hold_record = true;
  world.client_sends(answer_to(question, R"({"action":"accept","content":{"name":"Ann"}})"));
  CHECK(world.children.got[0].empty());
  const QuestionAnswered row = world.last();
  CHECK(row.number == world.record.all<Question>().back().number);
  CHECK(row.call == 1);
  CHECK(row.server == "a");
  CHECK(row.method == "elicitation/create");
  CHECK(row.action == "accept");
  CHECK(row.answer.bytes == R"({"action":"accept","content":{"name":"Ann"}})");
  // The client cannot answer twice meanwhile.
  world.client_sends(answer_to(question, R"({"action":"decline"})"));
  CHECK(world.record.all<QuestionAnswered>().size() == 1);
  world.hold_record = false;
  world.settle();
  CHECK(world.child_gets() ==
        R"({"jsonrpc":"2.0","id":"q","result":{"action":"accept","content":{"name":"Ann"}}})");
  CHECK(world.child_gets().empty());
}

TEST_CASE("the record names the action that a client chose for a question") {
  const std::string declined = R"({"action":"decline"})", cancelled = R"({"action":"cancel"})",
                    unknown = R"({"action":"else"})", error = R"({"code":-1,"message":"no"})";
  const std::pair<std::string, std::string> cases[] = {
      {declined, "decline"}, {cancelled, "cancel"}, {unknown, "answer"}, {error, "error"}};
  for (const auto& [answer, action] : cases) {
    Asked world;
    world.child_sends(kAsksName);
    const std::string question = world.client_gets();
    world.client_sends(answer == error ? error_to(question, error) : answer_to(question, answer));
    CHECK(world.last().action == action);
    CHECK(world.last().call == 0);
    CHECK_FALSE(world.child_gets().empty());
  }
}

TEST_CASE("an answer that cannot be recorded is not given to the server") {
  Asked world;
  world.child_sends(kAsksName);
  world.hold_record = true;
  world.client_sends(answer_to(world.client_gets(), R"({"action":"accept","content":{}})"));
  const Error full{"record.full", "the disk is full", "free some space"};
  world.gate->answer_recorded(world.now, world.last().number, &full);
  const std::string refusal = world.child_gets();
  CHECK(at(refusal, "/id") == "\"q\"");
  CHECK(at(refusal, "/error/message").find("the disk is full") != std::string::npos);
}

TEST_CASE(
    "an answer is recorded and reaches the asking server even if the client has gone meanwhile") {
  Asked world;
  world.child_sends(kAsksName);
  world.hold_record = true;
  world.client_sends(answer_to(world.client_gets(), R"({"action":"cancel"})"));
  world.gate->client_gone(world.now, world.session, "over");
  world.hold_record = false;
  world.settle();
  CHECK(world.child_gets() == R"({"jsonrpc":"2.0","id":"q","result":{"action":"cancel"}})");
}

TEST_CASE("an answer is dropped if the asking server goes while the answer is being recorded") {
  Asked world;
  world.child_sends(kAsksName);
  world.hold_record = true;
  world.client_sends(answer_to(world.client_gets(), R"({"action":"cancel"})"));
  world.gate->child_gone(world.now, 0, {});
  world.hold_record = false;
  world.settle();
  CHECK(world.children.got[0].empty());
  CHECK(world.client_gets().find("notifications/cancelled") == std::string::npos);
}

TEST_CASE("the answer of a paused client is recorded with the reason why no server gets it") {
  Asked world;
  world.child_sends(kAsksName);
  const std::string question = world.client_gets();
  pause_client(world, "test");
  world.client_sends(answer_to(question, R"({"action":"accept","content":{"name":"Ann"}})"));
  CHECK(world.last().action == "kept");
  CHECK(world.last().because.find("by me") != std::string::npos);
  CHECK(world.last().answer.bytes.find("Ann") != std::string::npos);
  CHECK(at(world.child_gets(), "/error/code") != "absent");
}

TEST_CASE(
    "answers that a client sends with a call's next round are recorded before the server gets "
    "them") {
  ModernAsked world;
  world.client_sends(modern_call_with("2"));
  world.gives(R"({"resultType":"input_required","requestState":"s","inputRequests":)"
              R"({"k":{"method":"elicitation/create","params":{"message":"?"}}}})");
  const std::string state = at(world.client_gets(), "/result/requestState");
  world.hold_record = true;
  world.client_sends(modern_call_with(
      "3",
      R"(,"inputResponses":{"k":{"action":"accept"},"z":{"action":"accept"}},"requestState":)" +
          state));
  CHECK(world.children.got[0].empty());
  const auto rows = world.record.all<QuestionAnswered>();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].number == world.record.all<Question>().back().number);
  CHECK(rows[0].action == "accept");
  CHECK(rows[0].answer.bytes == R"({"action":"accept"})");
  CHECK(rows[1].action == "unasked");
  world.hold_record = false;
  world.settle();
  CHECK(at(world.child_gets(), "/params/inputResponses/k") == R"({"action":"accept"})");
}

TEST_CASE("answers to questions that nobody asked get their own row") {
  ModernAsked world;
  world.hold_record = true;
  world.client_sends(modern_call_with("2", R"(,"inputResponses":{"k":{"action":"accept"}})"));
  const auto rows = world.record.all<QuestionAnswered>();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].action == "unasked");
  CHECK(rows[0].answer.bytes == R"({"k":{"action":"accept"}})");
  CHECK(world.children.got[0].empty());
  world.hold_record = false;
  world.settle();
  CHECK(at(world.child_gets(), "/method") == "\"tools/call\"");
}

TEST_CASE("the rules decide a task's questions, and the client's answers are recorded") {
  PolicyConfig rules;
  rules.deny.push_back({.subject = RuleSpec::Subject::Question,
                        .pattern = "m",
                        .question = "sampling",
                        .written = "deny[0]"});
  ModernAsked world(rules);
  world.client_sends(modern_call_with("2"));
  world.gives(R"({"resultType":"task","taskId":"t","status":"working","ttlMs":1})");
  const std::string id = at(world.client_gets(), "/result/taskId");
  const auto about = [&](const std::string& method, const std::string& more = "") {
    return request(method, R"({"taskId":)" + id + "," + modern_meta(kAllModern) + more + "}");
  };
  world.client_sends(about("tasks/get"));
  world.gives(R"({"resultType":"complete","taskId":"t","status":"input_required","inputRequests":)"
              R"({"k":{"method":"elicitation/create","params":{"message":"?"}},)"
              R"("s":{"method":"sampling/createMessage","params":{}}}})");
  const std::string shown = world.client_gets();
  CHECK(at(shown, "/result/inputRequests/k/method") == "\"elicitation/create\"");
  CHECK(at(shown, "/result/inputRequests/s") == "absent");
  CHECK(world.record.all<Question>().size() == 2);
  world.hold_record = true;
  world.client_sends(about("tasks/update", R"(,"inputResponses":{"k":{"action":"accept"}})"));
  CHECK(world.children.got[0].empty());
  const auto rows = world.record.all<QuestionAnswered>();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].number == world.record.all<Question>()[0].number);
  CHECK(rows[0].call == 1);
  CHECK(rows[0].action == "accept");
  world.hold_record = false;
  world.settle();
  const std::string sent = world.child_gets();
  CHECK(at(sent, "/method") == "\"tasks/update\"");
  CHECK(at(sent, "/params/inputResponses/k") == R"({"action":"accept"})");
}
