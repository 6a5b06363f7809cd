// What clients answer to questions of servers is in the record before the server gets it.
#include "gate_world.h"

using namespace callgate;

namespace {

constexpr const char* kAsksName =
    R"({"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{"message":"name?"}})";

/// One legacy client, one legacy server `a`.
struct Asked : World {
  FakeLink link;
  SessionNumber session;
  Asked() : World({"a"}) {
    session = connect(link, kAll);
    bring_up(0, {"x"});
  }
  void answers(const std::string& question, const std::string& rest) {
    say(session, R"({"jsonrpc":"2.0","id":)" + at(question, "/id") + "," + rest + "}");
  }
  QuestionAnswered last() const { return record.all<QuestionAnswered>().back(); }
};

const std::string kElicits =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
    R"("io.modelcontextprotocol/clientInfo":{"name":"cursor","version":"1"},)"
    R"("io.modelcontextprotocol/clientCapabilities":{"elicitation":{},)"
    R"("extensions":{"io.modelcontextprotocol/tasks":{}}}})";

std::string modern_call_with(const std::string& id, const std::string& more) {
  return R"({"jsonrpc":"2.0","id":)" + id +
         R"(,"method":"tools/call","params":{"name":"m__x","arguments":{},)" + more + kElicits +
         "}}";
}

/// A modern client, and a modern server `m` with the tool `x`.
struct ModernAsked : World {
  FakeLink link;
  SessionNumber session;
  static ServerConfig server() {
    ServerConfig config;
    config.name = "m";
    config.command = "mcp-server-time";
    config.era = ServerEra::Modern;
    return config;
  }
  explicit ModernAsked(PolicyConfig rules = {})
      : World({}, with_name(std::move(rules)), {}, {server()}) {
    session = gate->open_session(now, link, {});
    say(session, R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{)" + kElicits + "}}");
    gate->child_up(now, 0, 100);
    answer(0, "server/discover",
           R"({"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":)"
           R"({"tools":{},"extensions":{"io.modelcontextprotocol/tasks":{}}}})");
    answer(0, "tools/list",
           R"({"resultType":"complete","tools":[{"name":"x","inputSchema":{"type":"object"}}]})");
    link.got.clear();
  }
  static PolicyConfig with_name(PolicyConfig rules) {
    rules.servers = {"m"};
    return rules;
  }
  /// The answer to what the child was sent last, which is returned.
  std::string gives(const std::string& result) {
    std::string sent = children.take(0);
    child_says(0, R"({"jsonrpc":"2.0","id":)" + at(sent, "/id") + R"(,"result":)" + result + "}");
    return sent;
  }
};

}  // namespace

TEST_CASE("an answer to a question is recorded before the server gets it") {
  Asked world;
  world.say(world.session, call_line("1", "a__x"));
  const std::string call = world.children.take(0);
  world.child_says(0, kAsksName);
  const std::string question = world.link.take();
  world.hold_record = true;
  world.answers(question, R"("result":{"action":"accept","content":{"name":"Ann"}})");
  CHECK(world.children.got[0].empty());
  const QuestionAnswered row = world.last();
  CHECK(row.number == world.record.all<Question>().back().number);
  CHECK(row.call == 1);
  CHECK(row.server == "a");
  CHECK(row.method == "elicitation/create");
  CHECK(row.action == "accept");
  CHECK(row.answer.bytes == R"({"action":"accept","content":{"name":"Ann"}})");
  // The client cannot answer twice meanwhile.
  world.answers(question, R"("result":{"action":"decline"})");
  CHECK(world.record.all<QuestionAnswered>().size() == 1);
  world.hold_record = false;
  world.settle();
  CHECK(world.children.take(0) ==
        R"({"jsonrpc":"2.0","id":"q","result":{"action":"accept","content":{"name":"Ann"}}})");
  CHECK(world.children.take(0).empty());
}

TEST_CASE("what a client says to a question is named in its row") {
  const std::pair<const char*, const char*> cases[] = {
      {R"("result":{"action":"decline"})", "decline"},
      {R"("result":{"action":"cancel"})", "cancel"},
      {R"("result":{"action":"else"})", "answer"},
      {R"("error":{"code":-1,"message":"no"})", "error"}};
  for (const auto& [said, word] : cases) {
    Asked world;
    world.child_says(0, kAsksName);
    world.answers(world.link.take(), said);
    CHECK(world.last().action == word);
    CHECK(world.last().call == 0);
    CHECK_FALSE(world.children.take(0).empty());
  }
}

TEST_CASE("an answer that cannot be recorded is not given to the server") {
  Asked world;
  world.child_says(0, kAsksName);
  world.hold_record = true;
  world.answers(world.link.take(), R"("result":{"action":"accept","content":{}})");
  const Error full{"record.full", "the disk is full", "free some space"};
  world.gate->answer_recorded(world.now, world.last().number, &full);
  const std::string told = world.children.take(0);
  CHECK(at(told, "/id") == "\"q\"");
  CHECK(at(told, "/error/message").find("the disk is full") != std::string::npos);
}

TEST_CASE("an answer is recorded, and goes to its asker, though its client has gone since") {
  Asked world;
  world.child_says(0, kAsksName);
  world.hold_record = true;
  world.answers(world.link.take(), R"("result":{"action":"cancel"})");
  world.gate->client_gone(world.now, world.session, "over");
  world.hold_record = false;
  world.settle();
  CHECK(world.children.take(0) == R"({"jsonrpc":"2.0","id":"q","result":{"action":"cancel"}})");
}

TEST_CASE("an answer that is being recorded is dropped when its asker has gone") {
  Asked world;
  world.child_says(0, kAsksName);
  world.hold_record = true;
  world.answers(world.link.take(), R"("result":{"action":"cancel"})");
  world.gate->child_gone(world.now, 0, {});
  world.hold_record = false;
  world.settle();
  CHECK(world.children.got[0].empty());
  CHECK(world.link.take().find("notifications/cancelled") == std::string::npos);
}

TEST_CASE("the answer of a paused client is in the record, which says why it was kept") {
  Asked world;
  world.child_says(0, kAsksName);
  const std::string question = world.link.take();
  pause_client(world, "test");
  world.answers(question, R"("result":{"action":"accept","content":{"name":"Ann"}})");
  CHECK(world.last().action == "kept");
  CHECK(world.last().because.find("by me") != std::string::npos);
  CHECK(world.last().answer.bytes.find("Ann") != std::string::npos);
  CHECK(at(world.children.take(0), "/error/code") != "absent");
}

TEST_CASE("answers that come with a round of a call are recorded before the server gets them") {
  ModernAsked world;
  world.say(world.session, modern_call_with("2", ""));
  world.gives(R"({"resultType":"input_required","requestState":"s","inputRequests":)"
              R"({"k":{"method":"elicitation/create","params":{"message":"?"}}}})");
  const std::string state = at(world.link.take(), "/result/requestState");
  world.hold_record = true;
  world.say(world.session, modern_call_with("3", R"("inputResponses":{"k":{"action":"accept"},)"
                                                 R"("z":{"action":"accept"}},"requestState":)" +
                                                     state + ","));
  CHECK(world.children.got[0].empty());
  const auto rows = world.record.all<QuestionAnswered>();
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].number == world.record.all<Question>().back().number);
  CHECK(rows[0].action == "accept");
  CHECK(rows[0].answer.bytes == R"({"action":"accept"})");
  CHECK(rows[1].action == "unasked");
  world.hold_record = false;
  world.settle();
  CHECK(at(world.children.take(0), "/params/inputResponses/k") == R"({"action":"accept"})");
}

TEST_CASE("answers to nothing that was asked are a row of their own") {
  ModernAsked world;
  world.hold_record = true;
  world.say(world.session, modern_call_with("2", R"("inputResponses":{"k":{"action":"accept"}},)"));
  const auto rows = world.record.all<QuestionAnswered>();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].action == "unasked");
  CHECK(rows[0].answer.bytes == R"({"k":{"action":"accept"}})");
  CHECK(world.children.got[0].empty());
  world.hold_record = false;
  world.settle();
  CHECK(at(world.children.take(0), "/method") == "\"tools/call\"");
}

TEST_CASE("what a task asks is decided by the rules, and the answers of its client are recorded") {
  PolicyConfig rules;
  rules.deny.push_back({.subject = RuleSpec::Subject::Question,
                        .pattern = "m",
                        .question = "sampling",
                        .written = "deny[0]"});
  ModernAsked world(rules);
  world.say(world.session, modern_call_with("2", ""));
  world.gives(R"({"resultType":"task","taskId":"t","status":"working","ttlMs":1})");
  const std::string id = at(world.link.take(), "/result/taskId");
  const auto about = [&](const std::string& method, const std::string& more) {
    return request(method, "{\"taskId\":" + id + "," + more + kElicits + "}");
  };
  world.say(world.session, about("tasks/get", ""));
  world.gives(R"({"resultType":"complete","taskId":"t","status":"input_required","inputRequests":)"
              R"({"k":{"method":"elicitation/create","params":{"message":"?"}},)"
              R"("s":{"method":"sampling/createMessage","params":{}}}})");
  const std::string shown = world.link.take();
  CHECK(at(shown, "/result/inputRequests/k/method") == "\"elicitation/create\"");
  CHECK(at(shown, "/result/inputRequests/s") == "absent");
  CHECK(world.record.all<Question>().size() == 2);
  world.hold_record = true;
  world.say(world.session, about("tasks/update", R"("inputResponses":{"k":{"action":"accept"}},)"));
  CHECK(world.children.got[0].empty());
  const auto rows = world.record.all<QuestionAnswered>();
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].number == world.record.all<Question>()[0].number);
  CHECK(rows[0].call == 1);
  CHECK(rows[0].action == "accept");
  world.hold_record = false;
  world.settle();
  const std::string sent = world.children.take(0);
  CHECK(at(sent, "/method") == "\"tasks/update\"");
  CHECK(at(sent, "/params/inputResponses/k") == R"({"action":"accept"})");
}
