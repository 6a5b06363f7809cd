// The guard in the gate: what reaches the wire, the children and the record.
#include "callgate/guard/finding.h"
#include "callgate/guard/guard.h"
#include "callgate/guard/ladder.h"
#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

GuardConfig with_ladder(std::vector<Step> ladder) {
  GuardConfig guard;
  guard.ladder = std::move(ladder);
  return guard;
}

std::string missing(const std::string& path) {
  return R"({"content":[{"type":"text","text":"Error: ENOENT: no such file or directory, open ')" +
         path + R"('"}],"isError":true})";
}

std::string text_result(const std::string& text) {
  return R"({"content":[{"type":"text","text":")" + text + R"("}]})";
}

/// One server "fs" that is up, and a session that calls it.
struct Guarded {
  World world;
  FakeLink link;
  SessionNumber session = 0;
  int id = 0;

  explicit Guarded(GuardConfig guard, FakeGuardPort* memory = nullptr, PolicyConfig rules = {})
      : world({"fs"}, std::move(rules), {}, {}, nullptr, std::move(guard), memory) {
    connect();
    world.bring_up(0, {"read_file", "list_directory", "write_file", "check_run", "git_show"});
  }
  void connect() { session = world.connect(link); }

  void send(const std::string& tool, const std::string& args) {
    world.pass(10s);
    world.say(session, call_line(std::to_string(++id), "fs__" + tool, args));
  }
  bool forwarded() const {
    const auto found = world.children.got.find(0);
    return found != world.children.got.end() && !found->second.empty();
  }
  /// What the client gets; the child answers with `result` if it is asked.
  std::string call(const std::string& tool, const std::string& args, const std::string& result) {
    send(tool, args);
    if (forwarded()) world.answer(0, "tools/call", result);
    return link.take();
  }
  std::string read(const std::string& path) {
    return call("read_file", R"({"path":")" + path + "\"}", missing(path));
  }
  std::string read_ok(const std::string& path) {
    return call("read_file", R"({"path":")" + path + "\"}", text_result("it says " + path));
  }
  /// The same call until repeated-call is hard: five answers.
  std::string repeat(int times) {
    std::string last;
    for (int i = 0; i < times; ++i)
      last = call("check_run", R"({"run":7})", text_result("the same"));
    return last;
  }
  std::vector<FindingRaised> findings() const { return world.record.all<FindingRaised>(); }
  std::string advice_in(const std::string& answer) const {
    return at(answer, "/result/content/1/text");
  }
};

std::string plain_answer(int id, const std::string& result) {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"result":)" + result + "}";
}

const std::string kTestClient = memory_key("test", "", "/bin/client");

CallStarted last_started(const World& world) { return world.record.all<CallStarted>().back(); }

}  // namespace

TEST_CASE("observe changes no byte and records what was found") {
  for (const bool empty : {true, false}) {
    Guarded gate(with_ladder(empty ? std::vector<Step>{} : std::vector<Step>{Step::Observe}));
    for (int i = 1; i <= 8; ++i) CHECK(gate.repeat(1) == plain_answer(i, text_result("the same")));
    const auto found = gate.findings();
    REQUIRE(found.size() == 2);
    CHECK(found[0].finding.level == Level::Soft);
    CHECK(found[1].finding.level == Level::Hard);
    CHECK(found[1].number == 2);
    CHECK(found[1].call == 5);
    CHECK(found[1].step == Step::Observe);
  }
}

TEST_CASE("advice is one more text, and every other byte stays") {
  Guarded gate(with_ladder({Step::Advise}));
  const std::string head = R"({ "_meta":{"k":1},"content" : [ {"type":"text","text":"x"} )";
  const std::string tail = R"(] ,"more":{"a":[1, 2.0]},"isError" : false })";
  const auto once = [&] { return gate.call("check_run", R"({"run":7})", head + tail); };
  CHECK(once() == plain_answer(1, head + tail));
  CHECK(once() == plain_answer(2, head + tail));
  const std::string advised = once();  // the third is soft
  const FindingRaised soft = gate.findings().at(0);
  CHECK(soft.step == Step::Advise);
  const std::string added = R"(,{"type":"text","text":")" + advice(soft.finding, 3) + R"("})";
  // The new element follows the last one directly.
  CHECK(advised == plain_answer(3, head.substr(0, head.size() - 1) + added + " " + tail));
  CHECK(advice(soft.finding, 3).find("Calls: 3-1 3-2 3-3.") != std::string::npos);
  // Each call that meets a living finding is told again, and once.
  const std::string again = once();
  CHECK(at(again, "/result/content/1/text") != "absent");
  CHECK(at(again, "/result/content/2") == "absent");
  // What the record has is what the server said.
  CHECK(gate.world.record.all<CallFinished>().back().result.bytes == head + tail);
}

TEST_CASE("advice goes into an empty list of contents, and nowhere else") {
  Guarded gate(with_ladder({Step::Advise}));
  const auto last = [&gate](const std::string& result) {
    std::string answer;
    for (int i = 0; i < 3; ++i) answer = gate.call("check_run", R"({"run":7})", result);
    return answer;
  };
  CHECK(at(last(R"({"content":[ ]})"), "/result/content/0/type") == "\"text\"");
  for (const char* odd :
       {R"({"content":{"type":"text"}})", R"({"toolResult":1})", "{}", "[1]",
        // What programs read stays as it is.
        R"({"content":[{"type":"text","text":"x"}],"structuredContent":{"n":1}})",
        R"({"content":[{"type":"text","text":" {\"state\": \"open\"}\n"}]})",
        R"({"content":[{"type":"text","text":"Found:"},{"type":"text","text":"[1,2]"}]})"}) {
    Guarded other(with_ladder({Step::Advise}));
    std::string answer;
    for (int i = 1; i <= 5; ++i) {
      answer = other.call("check_run", R"({"run":7})", odd);
      CHECK(answer == plain_answer(i, odd));
    }
    REQUIRE(other.findings().size() == 2);
    CHECK(other.findings()[1].step == Step::Observe);  // nothing was said
  }
}

TEST_CASE("an error of a server keeps its message, advice is in its data") {
  Guarded gate(with_ladder({Step::Advise}));
  const auto fail = [&gate](const std::string& error) {
    gate.send("check_run", R"({"run":7})");
    const std::string line = gate.world.children.take(0);
    gate.world.child_says(
        0, R"({"jsonrpc":"2.0","id":)" + at(line, "/id") + R"(,"error":)" + error + "}");
    return gate.link.take();
  };
  const std::string error = R"({"code":-32000,"message":"boom"})";
  fail(error);
  CHECK(at(fail(error), "/error") == error);
  const std::string third = fail(error);
  CHECK(at(third, "/error/message") == "\"boom\"");
  CHECK(at(third, "/error/data/callgate/advice") != "absent");
  const std::string fourth = fail(R"({"code":-32000,"message":"boom","data":{"a":1}})");
  CHECK(at(fourth, "/error/data/a") == "1");
  CHECK(at(fourth, "/error/data/callgate/advice") != "absent");
  CHECK(at(fail(R"({"code":-32000,"message":"boom","data":"text"})"), "/error/data") == "\"text\"");
}

TEST_CASE("the end of a call says what the guard saw, and findings and dead ends follow it") {
  Guarded gate(with_ladder({Step::Advise}));
  gate.read("/a/one.txt");
  const auto& events = gate.world.record.events;
  const auto end = std::find_if(events.begin(), events.end(), [](const RecordEvent& event) {
    return std::holds_alternative<CallFinished>(event);
  });
  REQUIRE(end != events.end());
  const auto facts = std::get<CallFinished>(*end).facts;
  REQUIRE(facts);
  CHECK(facts->kind == AnswerKind::NotFound);
  REQUIRE(end + 1 != events.end());
  const auto* change = std::get_if<DeadEndChanged>(&*(end + 1));
  REQUIRE(change);
  CHECK(change->change.dead_end.subject == "/a/one.txt");
  CHECK(change->change.dead_end.agent == kTestClient);
}

TEST_CASE("a finding is raised once, by the call that made it") {
  Guarded gate(with_ladder({}));
  for (int i = 0; i < 30; ++i) gate.read("/a/f" + std::string(1, static_cast<char>('a' + i)));
  size_t guesses = 0;
  uint32_t number = 0;
  for (const FindingRaised& raised : gate.findings()) {
    CHECK(raised.number == ++number);
    CHECK(raised.finding.session == gate.session);
    guesses += raised.finding.rule == GuardRule::Guess;
  }
  CHECK(guesses == 2);  // soft, hard
}

TEST_CASE("delay: a call that meets a finding waits, and is decided again") {
  Guarded gate(with_ladder({Step::Advise, Step::Delay}));
  gate.repeat(3);
  gate.send("check_run", R"({"run":7})");  // the second to meet the soft one
  CHECK_FALSE(gate.forwarded());
  gate.world.pass(900ms);
  CHECK_FALSE(gate.forwarded());
  gate.world.pass(100ms);  // a second: the first time that it waits
  CHECK(gate.forwarded());
  gate.world.answer(0, "tools/call", text_result("the same"));
  CHECK(gate.link.take() == plain_answer(4, text_result("the same")));
  CHECK(gate.world.record.all<CallFinished>().back().duration == 1s);

  SUBCASE("a client that is paused meanwhile is heeded") {
    gate.send("check_run", R"({"run":7})");
    gate.world.gate->set_client_states(
        gate.world.now,
        {{.kind = ClientState::Kind::Client, .name = "test", .state = ClientState::State::Paused}});
    gate.world.pass(60s);
    CHECK_FALSE(gate.forwarded());
    CHECK(last_started(gate.world).rule == "clients: paused");
  }
  SUBCASE("it is cancelled") {
    gate.send("check_run", R"({"run":7})");
    gate.world.say(
        gate.session,
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}})");
    gate.world.pass(60s);
    CHECK_FALSE(gate.forwarded());
    CHECK(gate.link.take().empty());
    CHECK(gate.world.record.all<CallFinished>().back().outcome == Outcome::Cancelled);
    CHECK_FALSE(gate.world.record.all<CallFinished>().back().facts);
  }
  SUBCASE("its client goes") {
    gate.send("check_run", R"({"run":7})");
    gate.world.gate->client_gone(gate.world.now, gate.session, "closed");
    gate.world.pass(60s);
    CHECK_FALSE(gate.forwarded());
    CHECK(gate.world.record.all<CallFinished>().size() == 5);
  }
  SUBCASE("callgate ends") {
    gate.send("check_run", R"({"run":7})");
    gate.world.gate->shut_down(gate.world.now);
    gate.world.pass(60s);
    CHECK_FALSE(gate.forwarded());
    CHECK(at(gate.link.take(), "/error/data/code") == "\"gate.ending\"");
  }
}

TEST_CASE("ask: refused as asks are, for nobody can be asked") {
  Guarded gate(with_ladder({Step::Advise, Step::Ask}));
  gate.repeat(5);
  const std::string answer = gate.repeat(1);
  CHECK(at(answer, "/result/isError") == "true");
  CHECK(at(answer, "/result/_meta/callgate~1decision") == "\"ask\"");
  const CallStarted started = last_started(gate.world);
  CHECK(started.permission == Permission::Ask);
  CHECK(started.rule == "guard repeated-call");
  CHECK_FALSE(gate.forwarded());
}

TEST_CASE("block: the answer says what repeated, its evidence, and what lifts it") {
  Guarded gate(with_ladder({Step::Advise, Step::Block}));
  gate.repeat(5);
  const std::string answer = gate.repeat(1);
  CHECK(at(answer, "/result/isError") == "true");
  CHECK(at(answer, "/result/_meta/callgate~1decision") == "\"deny\"");
  const std::string text = at(answer, "/result/content/0/text");
  for (const char* part : {"it was not made", "guard repeated-call", "was called 5 times",
                           "3-1 3-2 3-3 3-4 3-5", "`callgate findings clear 3-2`"})
    CHECK_MESSAGE(text.find(part) != std::string::npos, text);
  const CallStarted started = last_started(gate.world);
  CHECK(started.permission == Permission::Deny);
  CHECK(started.rule == "guard repeated-call");
  CHECK(started.because.find("was called 5 times") != std::string::npos);
  CHECK_FALSE(gate.forwarded());
  CHECK_FALSE(gate.world.record.all<CallFinished>().back().facts);
  // Another call goes on.
  CHECK(gate.read_ok("/a") == plain_answer(7, text_result("it says /a")));
}

TEST_CASE("block: prompts and resources are refused by an error") {
  World world({"fs"}, {}, {}, {}, nullptr, with_ladder({Step::Block}));
  FakeLink link;
  const SessionNumber session = world.connect(link);
  world.bring_up(0, {}, R"({"resources":{}})");
  world.answer(0, "resources/list", R"({"resources":[{"uri":"x://a","name":"a"}]})");
  world.answer(0, "resources/templates/list", R"({"resourceTemplates":[]})");
  std::string last;
  for (int i = 1; i <= 6; ++i) {
    world.say(session, R"({"jsonrpc":"2.0","id":)" + std::to_string(i) +
                           R"(,"method":"resources/read","params":{"uri":"x://a"}})");
    if (i <= 5)
      world.answer(0, "resources/read", R"({"contents":[{"uri":"x://a","text":"Error: boom"}]})");
    last = link.take();
    if (i == 5)
      CHECK(last == plain_answer(5, R"({"contents":[{"uri":"x://a","text":"Error: boom"}]})"));
  }
  CHECK(at(last, "/error/data/code") == "\"guard.stopped\"");
  CHECK(world.record.all<CallStarted>().back().rule == "guard repeated-call");
}

TEST_CASE("pause: the session is paused until a person resumes it, and then begins anew") {
  Guarded gate(with_ladder({Step::Advise, Step::Pause}));
  gate.repeat(5);
  const std::string answer = gate.repeat(1);
  CHECK(at(answer, "/result/content/0/text").find("callgate clients resume") != std::string::npos);
  REQUIRE(gate.world.guard_port.paused.size() == 1);
  CHECK(gate.world.guard_port.paused[0].first == gate.session);
  CHECK(gate.world.guard_port.paused[0].second.find("(guard repeated-call)") != std::string::npos);
  gate.read_ok("/other");
  CHECK(last_started(gate.world).rule == "clients: paused");
  gate.world.gate->set_client_states(gate.world.now, {});
  CHECK(gate.repeat(1) == plain_answer(8, text_result("the same")));
  gate.repeat(4);  // its evidence began anew: this is hard again
  gate.repeat(1);
  CHECK(gate.world.guard_port.paused.size() == 2);
}

TEST_CASE("a person clears a finding, or approves of it") {
  Guarded gate(with_ladder({Step::Advise, Step::Block}));
  gate.repeat(6);
  CHECK(last_started(gate.world).rule == "guard repeated-call");
  SUBCASE("cleared: it may be raised again") {
    gate.world.gate->finding_cleared(gate.world.now, 2);
    gate.repeat(5);
    CHECK(last_started(gate.world).permission == Permission::Allow);
    CHECK(gate.findings().size() == 4);
    CHECK(gate.findings().back().number == 4);
    gate.repeat(1);
    CHECK(last_started(gate.world).rule == "guard repeated-call");
  }
  SUBCASE("approved: its thresholds are doubled") {
    gate.world.gate->finding_approved(gate.world.now, 2);
    gate.repeat(9);
    CHECK(last_started(gate.world).permission == Permission::Allow);
    gate.repeat(2);
    CHECK(last_started(gate.world).rule == "guard repeated-call");
  }
  SUBCASE("one that is not there changes nothing") {
    gate.world.gate->finding_cleared(gate.world.now, 99);
    gate.repeat(1);
    CHECK(last_started(gate.world).rule == "guard repeated-call");
  }
}

TEST_CASE("what the policy denies is none of the guard's business") {
  PolicyConfig rules;
  RuleSpec deny;
  deny.pattern = "fs__check_run";
  deny.args.push_back({.key = "run", .kind = ArgConstraint::Kind::In, .texts = {"7"}});
  deny.written = "deny[0] fs__check_run";
  rules.deny.push_back(deny);
  Guarded gate(with_ladder({Step::Advise}), nullptr, rules);
  gate.repeat(9);
  CHECK(gate.findings().empty());
  for (const CallFinished& finished : gate.world.record.all<CallFinished>())
    CHECK_FALSE(finished.facts);
}

TEST_CASE("a call that its server leaves without an answer is seen, a lost one is not") {
  Guarded gate(with_ladder({}));
  gate.send("read_file", R"({"path":"/a"})");
  gate.world.pass(300s);
  const CallFinished late = gate.world.record.all<CallFinished>().back();
  CHECK(late.outcome == Outcome::Timeout);
  REQUIRE(late.facts);
  CHECK(late.facts->kind == AnswerKind::Timeout);
  gate.send("read_file", R"({"path":"/b"})");
  gate.world.gate->child_gone(gate.world.now, 0, {.reason = "exited", .stderr_tail = ""});
  CHECK_FALSE(gate.world.record.all<CallFinished>().back().facts);
}

TEST_CASE("exempt tools are passed over, by all rules or by some") {
  GuardConfig guard = with_ladder({Step::Advise});
  guard.exempt.push_back({.tool = "mcp__fs__check_*", .rules = {}});
  guard.exempt.push_back({.tool = "*__read_file", .rules = {GuardRule::Guess, GuardRule::Mutated}});
  Guarded gate(guard);
  gate.repeat(60);
  for (int i = 0; i < 20; ++i) gate.read("/a/f" + std::string(1, static_cast<char>('a' + i)));
  CHECK(gate.findings().empty());
  // repeated-call still holds for the second.
  for (int i = 0; i < 3; ++i) gate.read("/a/same");
  REQUIRE_FALSE(gate.findings().empty());
  CHECK(gate.findings()[0].finding.rule == GuardRule::Repeat);
}

TEST_CASE("rules that are off find nothing, other thresholds count from a reload on") {
  GuardConfig guard = with_ladder({Step::Advise});
  for (GuardConfig::Rule& rule : guard.rules) rule.off = true;
  Guarded gate(guard);
  gate.repeat(60);
  for (int i = 0; i < 20; ++i) gate.read("/a/f" + std::string(1, static_cast<char>('a' + i)));
  CHECK(gate.findings().empty());
  ServerConfig server;
  server.name = "fs";
  server.command = "mcp-server-time";  // as before, so that the child stays
  Result<Policy> policy = Policy::compile({}, {}, "/home/me");
  Reload today{.servers = {server},
               .policy = std::move(*policy),
               .profiles = {},
               .guard = with_ladder({Step::Advise}),
               .renewed = {}};
  gate.world.gate->reload(gate.world.now, std::move(today));
  gate.repeat(1);
  CHECK_FALSE(gate.findings().empty());
}

TEST_CASE("whether a tool reads is said by the configuration, then by the server") {
  GuardConfig guard;
  guard.effects.push_back({.tool = "fs__write_*", .reads = true});
  Guarded gate(guard);
  gate.call("write_file", "{}", text_result("x"));
  CHECK(last_started(gate.world).read_only == true);
  gate.read_ok("/a");
  CHECK_FALSE(last_started(gate.world).read_only);

  World world({"fs"});
  FakeLink link;
  const SessionNumber session = world.connect(link);
  world.gate->child_up(world.now, 0, 1);
  world.answer(
      0, "initialize",
      R"({"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}})");
  world.children.take(0);
  world.answer(0, "tools/list",
               R"({"tools":[{"name":"a","inputSchema":{"type":"object"},)"
               R"("annotations":{"readOnlyHint":false,"destructiveHint":false}}]})");
  world.say(session, call_line("1", "fs__a"));
  CHECK(last_started(world).read_only == false);
}

TEST_CASE("hints that all have their defaults say nothing about a tool") {
  for (const char* more :
       {"", R"(,"destructiveHint":true,"idempotentHint":false,"openWorldHint":true)"}) {
    World world({"fs"});
    FakeLink link;
    const SessionNumber session = world.connect(link);
    world.gate->child_up(world.now, 0, 1);
    world.answer(
        0, "initialize",
        R"({"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}})");
    world.children.take(0);
    world.answer(0, "tools/list",
                 R"({"tools":[{"name":"a","inputSchema":{"type":"object"},"annotations":{)"
                 R"("readOnlyHint":false)" +
                     std::string(more) + "}}]}");
    world.say(session, call_line("1", "fs__a"));
    CHECK_FALSE(last_started(world).read_only);
  }
}

TEST_CASE("what an earlier session met is told at the first probe of the next") {
  FakeGuardPort memory;
  {
    Guarded first({}, &memory);
    first.read("/a/gone.txt");
    memory.take(first.world.record);
  }
  REQUIRE(memory.dead_ends[kTestClient].size() == 1);
  Guarded second({}, &memory);
  const std::string answer = second.read("/a/gone.txt");
  CHECK(second.advice_in(answer).find("failed in 1 earlier session") != std::string::npos);
  CHECK(second.findings().at(0).finding.rule == GuardRule::DeadEnd);
  // It is there now: nothing to say.
  Guarded third({}, &memory);
  CHECK(third.read_ok("/a/gone.txt") == plain_answer(1, text_result("it says /a/gone.txt")));
}

TEST_CASE("who only claims another's name does not get what that one met, nor spoil it") {
  FakeGuardPort memory;
  Guarded first({}, &memory);
  const auto key_of = [&](ClientFacts facts) {
    FakeLink link;
    const SessionNumber session = first.world.gate->open_session(first.world.now, link, facts);
    first.world.say(session, R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{)"
                             R"("protocolVersion":"2025-06-18","capabilities":{},)"
                             R"("clientInfo":{"name":"test","version":"9"}}})");
    first.world.gate->client_gone(first.world.now, session, "closed");
    return memory.keys.back();
  };
  CHECK(memory.keys.back() == kTestClient);
  CHECK(key_of({.process = {.pid = 8, .exe = "/bin/another"}}) != kTestClient);
  CHECK(key_of({.process = {.pid = 9, .exe = "/opt/client/versions/2.1.0"}}) == kTestClient);
  CHECK(key_of({.process = {.pid = 9, .exe = "/bin/sh", .parents = {"8 /bin/client"}}}) ==
        kTestClient);
  const std::string token = key_of({.process = {.pid = 9, .exe = "/bin/client"}, .token = "ci"});
  CHECK(token != kTestClient);
  CHECK(key_of({.process = {}, .token = "ci"}) == token);
  CHECK(key_of({.process = {}, .token = "other"}) != token);
  CHECK(key_of({}) == "test");
  // A name that looks like the key of another.
  CHECK(memory_key(kTestClient, "", "") != kTestClient);
}

TEST_CASE("known dead ends can be stopped at: not made, and said why") {
  FakeGuardPort memory;
  GuardConfig guard = with_ladder({});
  guard.known = GuardConfig::KnownDeadEnd::Block;
  {
    Guarded first(guard, &memory);
    CHECK(at(first.read("/a/gone.txt"), "/result/content/0/text").find("ENOENT") !=
          std::string::npos);
    first.read("/a/gone.txt");  // its own
    CHECK(last_started(first.world).permission == Permission::Allow);
    memory.take(first.world.record);
  }
  Guarded second(guard, &memory);
  const std::string answer = second.read("/a/gone.txt");
  CHECK(at(answer, "/result/isError") == "true");
  CHECK(at(answer, "/result/content/0/text").find("1 earlier session made this call") !=
        std::string::npos);
  CHECK(last_started(second.world).rule == "guard dead-end");
  CHECK(second.world.children.got[0].empty());
  // It is a finding, once; a person can lift it.
  second.read("/a/gone.txt");
  REQUIRE(second.findings().size() == 1);
  const FindingRaised found = second.findings().at(0);
  CHECK(found.finding.rule == GuardRule::DeadEnd);
  CHECK(found.finding.evidence == std::vector<uint32_t>{1});
  CHECK(found.step == Step::Block);
  second.world.gate->dead_end_ended(second.world.now, found.finding.key, Micros(1));
  CHECK(last_started(second.world).permission == Permission::Deny);
  second.read("/a/gone.txt");
  CHECK(last_started(second.world).permission == Permission::Deny);  // that was before it was met
  // Something is written there: it is asked for again.
  second.call("write_file", R"({"path":"/a/gone.txt","content":"x"})", text_result("written"));
  CHECK(second.read_ok("/a/gone.txt") == plain_answer(5, text_result("it says /a/gone.txt")));
}

TEST_CASE("a dead end that a person has lifted is tried again") {
  FakeGuardPort memory;
  GuardConfig guard;
  guard.known = GuardConfig::KnownDeadEnd::Block;
  {
    Guarded first(guard, &memory);
    first.read("/a/gone.txt");
    memory.take(first.world.record);
  }
  Guarded second(guard, &memory);
  second.read("/a/gone.txt");
  REQUIRE(last_started(second.world).permission == Permission::Deny);
  const uint64_t key = second.findings().at(0).finding.key;
  second.world.gate->dead_end_ended(second.world.now, key, second.world.now.wall);
  CHECK(second.world.record.all<DeadEndChanged>().back().change.what ==
        DeadEndChange::What::Forget);
  second.read("/a/gone.txt");
  CHECK(last_started(second.world).permission == Permission::Allow);
}

TEST_CASE("a server that is restarted may have what it had not") {
  FakeGuardPort memory;
  {
    Guarded first({}, &memory);
    first.read("/a/gone.txt");
    memory.take(first.world.record);
  }
  Guarded second({}, &memory);
  second.world.gate->child_gone(second.world.now, 0, {.reason = "exited", .stderr_tail = ""});
  second.world.pass(60s);
  second.world.bring_up(0, {"read_file"});
  const auto changes = second.world.record.all<DeadEndChanged>();
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].change.what == DeadEndChange::What::Forget);
  const std::string answer = second.read("/a/gone.txt");
  CHECK(second.advice_in(answer) == "absent");
}

TEST_CASE("what every call meets is told less and less often") {
  GuardConfig guard;
  guard.budgets.calls = 10;
  Guarded gate(guard);
  std::string told;
  for (int i = 1; i <= 30; ++i)
    if (gate.advice_in(gate.read_ok("/a/" + std::to_string(i))) != "absent")
      told += std::to_string(i) + " ";
  // Soft with the eighth, hard with the tenth; then each time twice as many calls later.
  CHECK(told == "8 9 10 11 13 17 25 ");
}

TEST_CASE("what was met before a server changed is forgotten when another client comes") {
  FakeGuardPort memory;
  const std::string client = memory_key("other", "", "/bin/client");
  DeadEnd old{.agent = client,
              .server = "fs",
              .tool = "read_file",
              .subject = "/a/gone.txt",
              .tries = 1,
              .sessions = 1};
  Guarded gate({}, &memory);
  old.last = gate.world.now.wall;
  old.expires = old.last + std::chrono::hours(24);
  memory.dead_ends[client] = {old};
  gate.world.pass(1s);
  gate.world.gate->child_gone(gate.world.now, 0, {.reason = "exited", .stderr_tail = ""});
  gate.world.pass(60s);
  gate.world.bring_up(0, {"read_file"});
  CHECK(gate.world.record.all<DeadEndChanged>().empty());
  FakeLink other;
  gate.world.connect(other, "{}", "2025-06-18", "other");
  const auto changes = gate.world.record.all<DeadEndChanged>();
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].change.what == DeadEndChange::What::Forget);
  CHECK(changes[0].change.dead_end == old);
}

TEST_CASE("calls that other processes made today count for the day's budget") {
  FakeGuardPort memory;
  memory.calls_today = 9;
  GuardConfig guard;
  guard.budgets.calls_a_day = 10;
  Guarded gate(guard, &memory);
  gate.read_ok("/a/1");
  REQUIRE(gate.findings().size() == 1);
  CHECK(gate.findings()[0].finding.rule == GuardRule::Budget);
  CHECK(gate.findings()[0].finding.level == Level::Hard);
}

TEST_CASE("a client that claims another name has the same day's budget") {
  FakeGuardPort memory;
  GuardConfig guard;
  guard.budgets.calls_a_day = 10;
  World world({"fs"}, {}, {}, {}, nullptr, guard, &memory);
  std::deque<FakeLink> links;
  int calls = 0, up = 0;
  const auto call = [&](SessionNumber session) {
    const std::string number = std::to_string(++calls);
    world.say(session, call_line("1", "fs__read_file", "{\"path\":\"/" + number + "\"}"));
    while (static_cast<int>(world.children.starts.size()) > up) world.bring_up(up++, {"read_file"});
    for (auto& [child, lines] : world.children.got)
      if (!lines.empty()) world.answer(child, "tools/call", text_result("it says " + number));
  };
  // That client makes so many calls; what the guard says of a day's budget.
  const auto spent = [&](const std::string& name, const ClientFacts& facts, int times) {
    const SessionNumber session = world.gate->open_session(world.now, links.emplace_back(), facts);
    world.say(session,
              R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{)"
              R"("protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":")" +
                  name + R"(","version":"9"}}})");
    const size_t before = world.record.all<FindingRaised>().size();
    for (int i = 0; i < times; ++i) call(session);
    const auto found = world.record.all<FindingRaised>();
    if (found.size() == before) return Level::None;
    CHECK(found.back().finding.rule == GuardRule::Budget);
    CHECK(found.back().finding.agent == name);
    return found.back().finding.level;
  };
  SUBCASE("known by its program") {
    const ClientFacts codex{.process = {.pid = 8, .exe = "/usr/bin/codex"}};
    CHECK(spent("one", codex, 7) == Level::None);
    CHECK(spent("two", {.process = {.pid = 9, .exe = "/bin/sh", .parents = {"8 /opt/codex"}}}, 1) ==
          Level::Soft);
    CHECK(spent("one", {.process = {.pid = 9, .exe = "/usr/bin/other"}}, 7) == Level::None);
    CHECK(spent("three", codex, 2) == Level::Hard);
  }
  SUBCASE("known by its token") {
    CHECK(spent("one", {.token = "ci"}, 9) == Level::Soft);
    CHECK(spent("two", {.token = "ci"}, 1) == Level::Hard);
    CHECK(spent("one", {.token = "other"}, 7) == Level::None);
  }
  SUBCASE("an interpreter may run any program, so the name counts as well") {
    const ClientFacts node{.process = {.pid = 8, .exe = "/usr/bin/node"}};
    CHECK(spent("one", node, 7) == Level::None);
    CHECK(spent("two", node, 7) == Level::None);
    CHECK(spent("one", node, 3) == Level::Hard);
  }
  SUBCASE("known by nothing but its name") {
    CHECK(spent("one", {}, 7) == Level::None);
    CHECK(spent("two", {}, 7) == Level::None);
    // A name that looks like a token or a program.
    CHECK(spent("\\u001ftoken ci", {}, 7) == Level::None);
    CHECK(spent("two", {.token = "ci"}, 7) == Level::None);
  }
}

TEST_CASE("a person who answers a question begins a new budget") {
  GuardConfig guard = with_ladder({Step::Block});
  guard.budgets.calls = 20;
  World world({"fs"}, {}, {}, {}, nullptr, guard);
  FakeLink link;
  const SessionNumber session = world.connect(link, R"({"elicitation":{}})");
  world.bring_up(0, {"read_file"});
  const auto call = [&](int number) {
    const std::string id = std::to_string(number);
    world.say(session, call_line(id, "fs__read_file", "{\"path\":\"/" + id + "\"}"));
    return !world.children.got[0].empty();
  };
  for (int i = 1; i <= 19; ++i) {
    REQUIRE(call(i));
    world.answer(0, "tools/call", text_result("it says " + std::to_string(i)));
  }
  REQUIRE(call(20));
  const std::string last = world.children.take(0);
  world.child_says(
      0, R"({"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{"message":"?"}})");
  while (link.got.size() > 1) link.take();
  const std::string question = link.take();
  REQUIRE(at(question, "/method") == "\"elicitation/create\"");
  world.say(session, R"({"jsonrpc":"2.0","id":)" + at(question, "/id") +
                         R"(,"result":{"action":"accept","content":{}}})");
  world.children.take(0);  // what the person said
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(last, "/id") + R"(,"result":)" +
                          text_result("it says 20") + "}");
  CHECK(call(21));
}

TEST_CASE("the first calls of a session wait for what earlier ones met, and not for long") {
  FakeGuardPort memory;
  memory.holds = true;
  Guarded gate({}, &memory);
  CHECK(memory.asked == std::vector<std::string>{"test"});
  gate.send("read_file", R"({"path":"/a"})");
  CHECK_FALSE(gate.forwarded());
  SUBCASE("it comes") {
    memory.unanswered.emplace_back(kTestClient);
    gate.world.settle();
    CHECK(gate.forwarded());
  }
  SUBCASE("it doesn't come in time") {
    gate.world.pass(199ms);
    CHECK_FALSE(gate.forwarded());
    gate.world.pass(1ms);
    CHECK(gate.forwarded());
    gate.world.children.take(0);
    gate.send("read_file", R"({"path":"/b"})");
    CHECK(gate.forwarded());
    memory.unanswered.emplace_back(kTestClient);
    gate.world.settle();
  }
  SUBCASE("the client goes first") {
    gate.world.gate->client_gone(gate.world.now, gate.session, "closed");
    memory.unanswered.emplace_back(kTestClient);
    gate.world.pass(1s);
    CHECK_FALSE(gate.forwarded());
  }
}

TEST_CASE("a budget stops calls until a person acts, or until a pause") {
  GuardConfig guard = with_ladder({Step::Block});
  guard.budgets.calls = 20;
  for (const int rule : {0, 1, 2, 3, 4, 5}) guard.rules[static_cast<size_t>(rule)].off = true;
  Guarded gate(guard);
  for (int i = 0; i < 20; ++i) gate.read_ok("/a/" + std::to_string(i));
  CHECK(gate.findings().size() == 2);
  gate.read_ok("/a/x");
  CHECK(last_started(gate.world).rule == "guard budget");
  SUBCASE("half an hour of rest") {
    gate.world.pass(31min);
    gate.read_ok("/a/x");
    CHECK(last_started(gate.world).permission == Permission::Allow);
  }
  SUBCASE("a finding cleared") {
    gate.world.gate->finding_cleared(gate.world.now, 2);
    gate.read_ok("/a/x");
    CHECK(last_started(gate.world).permission == Permission::Allow);
  }
}

namespace {

/// An agent that is stuck for 47 hours: it guesses names, mutates hashes, and does honest work in
/// between; in its next session it tries the same wrong paths again.
struct Stuck {
  FakeGuardPort memory;
  uint32_t calls = 0, at_hard = 0, first_stuck = 0;
  bool budget_hard = false;

  void look(Guarded& gate) {
    for (const FindingRaised& raised : gate.findings()) {
      if (raised.finding.level != Level::Hard) continue;
      if (at_hard == 0) at_hard = raised.call;
      budget_hard = budget_hard || raised.finding.rule == GuardRule::Budget;
    }
  }
  void honest(Guarded& gate, int from, int count) {
    for (int i = from; i < from + count; ++i, ++calls) gate.read_ok("/src/m" + std::to_string(i));
  }
  void guess(Guarded& gate, int from, int count) {
    for (int i = from; i < from + count; ++i, ++calls)
      gate.read("/src/util/helper_" + std::string(1, static_cast<char>('a' + i % 26)) +
                std::string(1, static_cast<char>('a' + i / 26 % 26)) + "x.ts");
  }
  void mutate(Guarded& gate, int count) {
    for (int i = 0; i < count; ++i, ++calls) {
      gate.world.pass(61s);  // and ten for each call
      const std::string hash = "a1b2c3d4e5f6071" + std::to_string(100 + i % 900);
      gate.call("git_show", R"({"ref":")" + hash + "\"}",
                R"({"content":[{"type":"text","text":"fatal: bad object )" + hash +
                    R"("}],"isError":true})");
    }
  }
};

}  // namespace

TEST_CASE("47 hours and 2,575 calls of an agent that is stuck") {
  Stuck agent;
  {
    Guarded first(with_ladder({}), &agent.memory);
    agent.honest(first, 0, 40);
    agent.first_stuck = agent.calls + 1;
    agent.guess(first, 0, 60);
    agent.look(first);
    CHECK(agent.at_hard > 0);
    CHECK(agent.at_hard < agent.first_stuck + 10);
    const Nanos begin = first.world.now.monotonic;
    for (int phase = 0; agent.calls < 2'400; ++phase) {
      agent.mutate(first, 160);
      first.world.pass(28min);
      agent.honest(first, 1000 * (phase + 1), 30);
      agent.guess(first, 60 + 10 * phase, 10);
      first.world.pass(28min);
    }
    CHECK(first.world.now.monotonic - begin > 47h);
    agent.look(first);
    CHECK(agent.budget_hard);
    agent.memory.take(first.world.record);
  }
  SUBCASE("advised at the first re-probe of the next session") {
    Guarded second({}, &agent.memory);
    const std::string answer = second.read("/src/util/helper_aax.ts");
    CHECK(second.advice_in(answer).find("earlier session") != std::string::npos);
    CHECK(second.findings().at(0).finding.rule == GuardRule::DeadEnd);
    agent.guess(second, 1, 174);
    CHECK(agent.calls >= 2'574);
    agent.at_hard = 0;
    agent.look(second);
    CHECK(agent.at_hard <= 7);
  }
  SUBCASE("stopped there, if configured") {
    GuardConfig guard;
    guard.known = GuardConfig::KnownDeadEnd::Block;
    Guarded second(guard, &agent.memory);
    CHECK(at(second.read("/src/util/helper_aax.ts"), "/result/isError") == "true");
    CHECK(last_started(second.world).rule == "guard dead-end");
    CHECK(second.world.children.got[0].empty());
  }
}
