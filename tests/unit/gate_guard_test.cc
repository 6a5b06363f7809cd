// What the guard changes in the gate: answers to clients, calls to children and the record.
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

std::string error_result(const std::string& text) {
  std::string result = text_result(text);
  return result.insert(result.size() - 1, R"(,"isError":true)");
}

std::string missing(const std::string& path) {
  return error_result("Error: ENOENT: no such file or directory, open '" + path + "'");
}

/// One server "fs", and a session that calls its tools.
struct Guarded : OneServer {
  int id = 0;

  explicit Guarded(GuardConfig guard, FakeGuardPort* memory = nullptr, PolicyConfig rules = {})
      : OneServer({.tools = {"read_file", "list_directory", "write_file", "check_run", "git_show"},
                   .rules = std::move(rules),
                   .guard = std::move(guard),
                   .guard_port = memory}) {}

  void send(const std::string& tool, const std::string& args) {
    pass(10s);
    client_sends(call_line(std::to_string(++id), "fs__" + tool, args));
  }
  bool forwarded() const {
    const auto found = children.got.find(0);
    return found != children.got.end() && !found->second.empty();
  }
  /// Returns what the client gets. The child answers with `result` if it gets the call.
  std::string call(const std::string& tool, const std::string& args, const std::string& result) {
    send(tool, args);
    if (forwarded()) answer(0, "tools/call", result);
    return client_gets();
  }
  std::string read(const std::string& path) {
    return call("read_file", text_object("path", path), missing(path));
  }
  std::string read_ok(const std::string& path) {
    return call("read_file", text_object("path", path), text_result("it says " + path));
  }
  /// Repeats the same call. The finding repeated-call is hard after five answers.
  std::string repeat(int times) {
    std::string last;
    for (int i = 0; i < times; ++i)
      last = call("check_run", R"({"run":7})", text_result("the same"));
    return last;
  }
  std::vector<FindingRaised> findings() const { return record.all<FindingRaised>(); }
  std::string advice_in(const std::string& answer) const {
    return at(answer, "/result/content/1/text");
  }
};

std::string plain_answer(int id, const std::string& result) {
  return result_line(std::to_string(id), result);
}

const std::string kTestClient = memory_key("test", "", "/bin/client");

CallStarted last_started(const World& world) { return world.record.all<CallStarted>().back(); }

}  // namespace

TEST_CASE("the step observe changes no byte and records findings") {
  for (const bool empty : {true, false}) {
    Guarded world(with_ladder(empty ? std::vector<Step>{} : std::vector<Step>{Step::Observe}));
    for (int i = 1; i <= 8; ++i) CHECK(world.repeat(1) == plain_answer(i, text_result("the same")));
    const auto found = world.findings();
    REQUIRE(found.size() == 2);
    CHECK(found[0].finding.level == Level::Soft);
    CHECK(found[1].finding.level == Level::Hard);
    CHECK(found[1].number == 2);
    CHECK(found[1].call == 5);
    CHECK(found[1].step == Step::Observe);
  }
}

TEST_CASE("advice is added as one text, and every other byte stays the same") {
  Guarded world(with_ladder({Step::Advise}));
  const std::string head = R"({ "_meta":{"k":1},"content" : [ {"type":"text","text":"x"} )";
  const std::string tail = R"(] ,"more":{"a":[1, 2.0]},"isError" : false })";
  const auto once = [&] { return world.call("check_run", R"({"run":7})", head + tail); };
  CHECK(once() == plain_answer(1, head + tail));
  CHECK(once() == plain_answer(2, head + tail));
  const std::string advised = once();  // the third call causes a soft finding
  const FindingRaised soft = world.findings().at(0);
  CHECK(soft.step == Step::Advise);
  const std::string added = R"(,{"type":"text","text":)" + quoted(advice(soft.finding, 3)) + "}";
  // The new element follows the last one directly.
  CHECK(advised == plain_answer(3, head.substr(0, head.size() - 1) + added + " " + tail));
  CHECK(advice(soft.finding, 3).find("Calls: 3-1 3-2 3-3.") != std::string::npos);
  // Each later call gets the advice of an active finding, and gets it once.
  const std::string again = once();
  CHECK(at(again, "/result/content/1/text") != "absent");
  CHECK(at(again, "/result/content/2") == "absent");
  // The record has the server's own result.
  CHECK(world.record.all<CallFinished>().back().result.bytes == head + tail);
}

TEST_CASE("advice is added to an empty content list, but not to other shapes of results") {
  Guarded world(with_ladder({Step::Advise}));
  const auto last = [&world](const std::string& result) {
    std::string answer;
    for (int i = 0; i < 3; ++i) answer = world.call("check_run", R"({"run":7})", result);
    return answer;
  };
  CHECK(at(last(R"({"content":[ ]})"), "/result/content/0/type") == "\"text\"");
  for (const char* odd :
       {R"({"content":{"type":"text"}})", R"({"toolResult":1})", "{}", "[1]",
        // Results that programs read are not changed.
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
    CHECK(other.findings()[1].step == Step::Observe);  // there was no advice
  }
}

TEST_CASE("a server's error keeps its message and gets advice in its data") {
  Guarded world(with_ladder({Step::Advise}));
  const auto fail = [&world](const std::string& error) {
    world.send("check_run", R"({"run":7})");
    const std::string line = world.child_gets();
    world.child_sends(error_to(line, error));
    return world.client_gets();
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

TEST_CASE(
    "the row of a call's end has the guard's observation, and dead ends are recorded after it") {
  Guarded world(with_ladder({Step::Advise}));
  world.read("/a/one.txt");
  const auto& events = world.record.events;
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

TEST_CASE("each finding is recorded once, with its number and session") {
  Guarded world(with_ladder({}));
  for (int i = 0; i < 30; ++i) world.read("/a/f" + std::string(1, static_cast<char>('a' + i)));
  size_t guesses = 0;
  uint32_t number = 0;
  for (const FindingRaised& raised : world.findings()) {
    CHECK(raised.number == ++number);
    CHECK(raised.finding.session == world.session);
    guesses += raised.finding.rule == GuardRule::Guess;
  }
  CHECK(guesses == 2);  // soft, hard
}

TEST_CASE("the step delay makes a call wait, and then the call is decided again") {
  Guarded world(with_ladder({Step::Advise, Step::Delay}));
  world.repeat(3);
  world.send("check_run", R"({"run":7})");  // the second call with the soft finding
  CHECK_FALSE(world.forwarded());
  world.pass(900ms);
  CHECK_FALSE(world.forwarded());
  world.pass(100ms);  // the first delay is a second
  CHECK(world.forwarded());
  world.answer(0, "tools/call", text_result("the same"));
  CHECK(world.client_gets() == plain_answer(4, text_result("the same")));
  CHECK(world.record.all<CallFinished>().back().duration == 1s);

  SUBCASE("the client is paused meanwhile") {
    world.send("check_run", R"({"run":7})");
    world.gate->set_client_states(
        world.now,
        {{.kind = ClientState::Kind::Client, .name = "test", .state = ClientState::State::Paused}});
    world.pass(60s);
    CHECK_FALSE(world.forwarded());
    CHECK(last_started(world).rule == "clients: paused");
  }
  SUBCASE("the call is cancelled") {
    world.send("check_run", R"({"run":7})");
    world.client_sends(cancelled("5"));
    world.pass(60s);
    CHECK_FALSE(world.forwarded());
    CHECK(world.client_gets().empty());
    CHECK(world.record.all<CallFinished>().back().outcome == Outcome::Cancelled);
    CHECK_FALSE(world.record.all<CallFinished>().back().facts);
  }
  SUBCASE("the client goes") {
    world.send("check_run", R"({"run":7})");
    world.gate->client_gone(world.now, world.session, "closed");
    world.pass(60s);
    CHECK_FALSE(world.forwarded());
    CHECK(world.record.all<CallFinished>().size() == 5);
  }
  SUBCASE("callgate ends") {
    world.send("check_run", R"({"run":7})");
    world.gate->shut_down(world.now);
    world.pass(60s);
    CHECK_FALSE(world.forwarded());
    CHECK(at(world.client_gets(), "/error/data/code") == "\"gate.ending\"");
  }
}

TEST_CASE("the step ask refuses a call as ask rules do, because nobody can be asked") {
  Guarded world(with_ladder({Step::Advise, Step::Ask}));
  world.repeat(5);
  const std::string answer = world.repeat(1);
  CHECK(at(answer, "/result/isError") == "true");
  CHECK(at(answer, "/result/_meta/callgate~1decision") == "\"ask\"");
  const CallStarted started = last_started(world);
  CHECK(started.permission == Permission::Ask);
  CHECK(started.rule == "guard repeated-call");
  CHECK_FALSE(world.forwarded());
}

TEST_CASE(
    "the step block refuses a call with the repetition, the evidence and the command that lifts "
    "it") {
  Guarded world(with_ladder({Step::Advise, Step::Block}));
  world.repeat(5);
  const std::string answer = world.repeat(1);
  CHECK(at(answer, "/result/isError") == "true");
  CHECK(at(answer, "/result/_meta/callgate~1decision") == "\"deny\"");
  const std::string text = at(answer, "/result/content/0/text");
  for (const char* part : {"it was not made", "guard repeated-call", "was called 5 times",
                           "3-1 3-2 3-3 3-4 3-5", "`callgate findings clear 3-2`"})
    CHECK_MESSAGE(text.find(part) != std::string::npos, text);
  const CallStarted started = last_started(world);
  CHECK(started.permission == Permission::Deny);
  CHECK(started.rule == "guard repeated-call");
  CHECK(started.because.find("was called 5 times") != std::string::npos);
  CHECK_FALSE(world.forwarded());
  CHECK_FALSE(world.record.all<CallFinished>().back().facts);
  // Another call goes on.
  CHECK(world.read_ok("/a") == plain_answer(7, text_result("it says /a")));
}

TEST_CASE("the step block refuses resources with an error") {
  OneServer world(
      {.tools = {}, .server = R"({"resources":{}})", .guard = with_ladder({Step::Block})});
  world.answer(0, "resources/list", resource_list({"x://a"}));
  world.answer(0, "resources/templates/list", template_list({}));
  std::string last;
  for (int i = 1; i <= 6; ++i) {
    world.client_sends(request("resources/read", R"({"uri":"x://a"})", std::to_string(i)));
    if (i <= 5)
      world.answer(0, "resources/read", R"({"contents":[{"uri":"x://a","text":"Error: boom"}]})");
    last = world.client_gets();
    if (i == 5)
      CHECK(last == plain_answer(5, R"({"contents":[{"uri":"x://a","text":"Error: boom"}]})"));
  }
  CHECK(at(last, "/error/data/code") == "\"guard.stopped\"");
  CHECK(world.record.all<CallStarted>().back().rule == "guard repeated-call");
}

TEST_CASE(
    "the step pause pauses the session until a person resumes it, and evidence begins again") {
  Guarded world(with_ladder({Step::Advise, Step::Pause}));
  world.repeat(5);
  const std::string answer = world.repeat(1);
  CHECK(at(answer, "/result/content/0/text").find("callgate clients resume") != std::string::npos);
  REQUIRE(world.guard_port.paused.size() == 1);
  CHECK(world.guard_port.paused[0].first == world.session);
  CHECK(world.guard_port.paused[0].second.find("(guard repeated-call)") != std::string::npos);
  world.read_ok("/other");
  CHECK(last_started(world).rule == "clients: paused");
  world.gate->set_client_states(world.now, {});
  CHECK(world.repeat(1) == plain_answer(8, text_result("the same")));
  world.repeat(4);  // the evidence began again, so this is hard again
  world.repeat(1);
  CHECK(world.guard_port.paused.size() == 2);
}

TEST_CASE("a person can clear or approve a finding") {
  Guarded world(with_ladder({Step::Advise, Step::Block}));
  world.repeat(6);
  CHECK(last_started(world).rule == "guard repeated-call");
  SUBCASE("a cleared finding may occur again") {
    world.gate->finding_cleared(world.now, 2);
    world.repeat(5);
    CHECK(last_started(world).permission == Permission::Allow);
    CHECK(world.findings().size() == 4);
    CHECK(world.findings().back().number == 4);
    world.repeat(1);
    CHECK(last_started(world).rule == "guard repeated-call");
  }
  SUBCASE("an approved finding has doubled thresholds") {
    world.gate->finding_approved(world.now, 2);
    world.repeat(9);
    CHECK(last_started(world).permission == Permission::Allow);
    world.repeat(2);
    CHECK(last_started(world).rule == "guard repeated-call");
  }
  SUBCASE("clearing an unknown finding changes nothing") {
    world.gate->finding_cleared(world.now, 99);
    world.repeat(1);
    CHECK(last_started(world).rule == "guard repeated-call");
  }
}

TEST_CASE("the guard ignores calls that a rule denies") {
  const ArgConstraint run_seven{.key = "run", .kind = ArgConstraint::Kind::In, .texts = {"7"}};
  Guarded world(
      with_ladder({Step::Advise}), nullptr,
      {.deny = {{.pattern = "fs__check_run", .args = {run_seven}, .written = "deny[0]"}}});
  world.repeat(9);
  CHECK(world.findings().empty());
  for (const CallFinished& finished : world.record.all<CallFinished>()) CHECK_FALSE(finished.facts);
}

TEST_CASE("the guard counts a call that timed out, but not one whose server ended") {
  Guarded world(with_ladder({}));
  world.send("read_file", R"({"path":"/a"})");
  world.pass(300s);
  const CallFinished late = world.record.all<CallFinished>().back();
  CHECK(late.outcome == Outcome::Timeout);
  REQUIRE(late.facts);
  CHECK(late.facts->kind == AnswerKind::Timeout);
  world.send("read_file", R"({"path":"/b"})");
  world.gate->child_gone(world.now, 0, {.reason = "exited", .stderr_tail = ""});
  CHECK_FALSE(world.record.all<CallFinished>().back().facts);
}

TEST_CASE("a tool can be exempt from all rules or from some") {
  GuardConfig guard = with_ladder({Step::Advise});
  guard.exempt.push_back({.tool = "mcp__fs__check_*", .rules = {}});
  guard.exempt.push_back({.tool = "*__read_file", .rules = {GuardRule::Guess, GuardRule::Mutated}});
  Guarded world(guard);
  world.repeat(60);
  for (int i = 0; i < 20; ++i) world.read("/a/f" + std::string(1, static_cast<char>('a' + i)));
  CHECK(world.findings().empty());
  // The rule repeated-call still holds for the second tool.
  for (int i = 0; i < 3; ++i) world.read("/a/same");
  REQUIRE_FALSE(world.findings().empty());
  CHECK(world.findings()[0].finding.rule == GuardRule::Repeat);
}

TEST_CASE("rules that are off find nothing, and a reload turns them on") {
  GuardConfig guard = with_ladder({Step::Advise});
  for (GuardConfig::Rule& rule : guard.rules) rule.off = true;
  Guarded world(guard);
  world.repeat(60);
  for (int i = 0; i < 20; ++i) world.read("/a/f" + std::string(1, static_cast<char>('a' + i)));
  CHECK(world.findings().empty());
  // The server is configured as before, so its child stays.
  const ServerConfig server{.name = "fs", .command = "mcp-server-time"};
  Result<Policy> policy = Policy::compile({}, {}, "/home/me");
  Reload today{.servers = {server},
               .policy = std::move(*policy),
               .profiles = {},
               .guard = with_ladder({Step::Advise}),
               .renewed = {}};
  world.gate->reload(world.now, std::move(today));
  world.repeat(1);
  CHECK_FALSE(world.findings().empty());
}

namespace {

/// Returns what a call's row has about a tool with these annotations.
std::optional<bool> read_only_of(const std::string& annotations) {
  OneClient world({"fs"});
  world.hello();
  world.greet(0);
  world.answer(0, "tools/list",
               list_of("tools", "name", {"a"},
                       R"(,"inputSchema":{"type":"object"},"annotations":)" + annotations));
  world.client_sends(call_line("1", "fs__a"));
  return last_started(world).read_only;
}

}  // namespace

TEST_CASE("the configuration decides whether a tool only reads, or else the server's hint") {
  GuardConfig guard;
  guard.effects.push_back({.tool = "fs__write_*", .reads = true});
  Guarded world(guard);
  world.call("write_file", "{}", text_result("x"));
  CHECK(last_started(world).read_only == true);
  world.read_ok("/a");
  CHECK_FALSE(last_started(world).read_only);
  CHECK(read_only_of(R"({"readOnlyHint":false,"destructiveHint":false})") == false);
}

TEST_CASE("a tool's hints are ignored if all have their default values") {
  CHECK_FALSE(read_only_of(R"({"readOnlyHint":false})"));
  CHECK_FALSE(read_only_of(R"({"readOnlyHint":false,"destructiveHint":true,)"
                           R"("idempotentHint":false,"openWorldHint":true})"));
}

TEST_CASE("a dead end of an earlier session causes advice at the first try in the next session") {
  FakeGuardPort memory;
  {
    Guarded first({}, &memory);
    first.read("/a/gone.txt");
    memory.take(first.record);
  }
  REQUIRE(memory.dead_ends[kTestClient].size() == 1);
  Guarded second({}, &memory);
  const std::string answer = second.read("/a/gone.txt");
  CHECK(second.advice_in(answer).find("failed in 1 earlier session") != std::string::npos);
  CHECK(second.findings().at(0).finding.rule == GuardRule::DeadEnd);
  // The file exists now, so there is no advice.
  Guarded third({}, &memory);
  CHECK(third.read_ok("/a/gone.txt") == plain_answer(1, text_result("it says /a/gone.txt")));
}

TEST_CASE("a client that only claims another client's name has its own dead ends") {
  FakeGuardPort memory;
  Guarded first({}, &memory);
  const auto key_of = [&](ClientFacts facts) {
    FakeLink link;
    const SessionNumber session = first.gate->open_session(first.now, link, facts);
    first.client_sends(session, initialize());
    first.gate->client_gone(first.now, session, "closed");
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
  // A name may look like the key of another client.
  CHECK(memory_key(kTestClient, "", "") != kTestClient);
}

TEST_CASE("a call of a known dead end can be refused, with the reason") {
  FakeGuardPort memory;
  GuardConfig guard = with_ladder({});
  guard.known = GuardConfig::KnownDeadEnd::Block;
  {
    Guarded first(guard, &memory);
    CHECK(at(first.read("/a/gone.txt"), "/result/content/0/text").find("ENOENT") !=
          std::string::npos);
    first.read("/a/gone.txt");  // a dead end of the same session
    CHECK(last_started(first).permission == Permission::Allow);
    memory.take(first.record);
  }
  Guarded second(guard, &memory);
  const std::string answer = second.read("/a/gone.txt");
  CHECK(at(answer, "/result/isError") == "true");
  CHECK(at(answer, "/result/content/0/text").find("1 earlier session made this call") !=
        std::string::npos);
  CHECK(last_started(second).rule == "guard dead-end");
  CHECK(second.children.got[0].empty());
  // It is one finding, which a person can lift.
  second.read("/a/gone.txt");
  REQUIRE(second.findings().size() == 1);
  const FindingRaised found = second.findings().at(0);
  CHECK(found.finding.rule == GuardRule::DeadEnd);
  CHECK(found.finding.evidence == std::vector<uint32_t>{1});
  CHECK(found.step == Step::Block);
  second.gate->dead_end_ended(second.now, found.finding.key, Micros(1));
  CHECK(last_started(second).permission == Permission::Deny);
  second.read("/a/gone.txt");
  CHECK(last_started(second).permission == Permission::Deny);  // it was lifted before this dead end
  // After a write to the file, the call is made again.
  second.call("write_file", R"({"path":"/a/gone.txt","content":"x"})", text_result("written"));
  CHECK(second.read_ok("/a/gone.txt") == plain_answer(5, text_result("it says /a/gone.txt")));
}

TEST_CASE("a call is made again when a person has lifted its dead end") {
  FakeGuardPort memory;
  GuardConfig guard;
  guard.known = GuardConfig::KnownDeadEnd::Block;
  {
    Guarded first(guard, &memory);
    first.read("/a/gone.txt");
    memory.take(first.record);
  }
  Guarded second(guard, &memory);
  second.read("/a/gone.txt");
  REQUIRE(last_started(second).permission == Permission::Deny);
  const uint64_t key = second.findings().at(0).finding.key;
  second.gate->dead_end_ended(second.now, key, second.now.wall);
  CHECK(second.record.all<DeadEndChanged>().back().change.what == DeadEndChange::What::Forget);
  second.read("/a/gone.txt");
  CHECK(last_started(second).permission == Permission::Allow);
}

TEST_CASE("a server's restart ends its dead ends") {
  FakeGuardPort memory;
  {
    Guarded first({}, &memory);
    first.read("/a/gone.txt");
    memory.take(first.record);
  }
  Guarded second({}, &memory);
  second.gate->child_gone(second.now, 0, {.reason = "exited", .stderr_tail = ""});
  second.pass(60s);
  second.bring_up(0, {"read_file"});
  const auto changes = second.record.all<DeadEndChanged>();
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].change.what == DeadEndChange::What::Forget);
  const std::string answer = second.read("/a/gone.txt");
  CHECK(second.advice_in(answer) == "absent");
}

TEST_CASE("advice that would come with every call comes less and less often") {
  GuardConfig guard;
  guard.budgets.calls = 10;
  Guarded world(guard);
  std::string advised;
  for (int i = 1; i <= 30; ++i)
    if (world.advice_in(world.read_ok("/a/" + std::to_string(i))) != "absent")
      advised += std::to_string(i) + " ";
  // The finding is soft at the eighth call and hard at the tenth. Then advice comes after twice as
  // many calls each time.
  CHECK(advised == "8 9 10 11 13 17 25 ");
}

TEST_CASE("dead ends from before a server's restart are forgotten for clients that connect later") {
  FakeGuardPort memory;
  const std::string client = memory_key("other", "", "/bin/client");
  DeadEnd old{.agent = client,
              .server = "fs",
              .tool = "read_file",
              .subject = "/a/gone.txt",
              .tries = 1,
              .sessions = 1};
  Guarded world({}, &memory);
  old.last = world.now.wall;
  old.expires = old.last + std::chrono::hours(24);
  memory.dead_ends[client] = {old};
  world.pass(1s);
  world.gate->child_gone(world.now, 0, {.reason = "exited", .stderr_tail = ""});
  world.pass(60s);
  world.bring_up(0, {"read_file"});
  CHECK(world.record.all<DeadEndChanged>().empty());
  FakeLink other;
  world.connect(other, "{}", "2025-06-18", "other");
  const auto changes = world.record.all<DeadEndChanged>();
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].change.what == DeadEndChange::What::Forget);
  CHECK(changes[0].change.dead_end == old);
}

TEST_CASE("today's calls from other gate processes count towards the day's budget") {
  FakeGuardPort memory;
  memory.calls_today = 9;
  GuardConfig guard;
  guard.budgets.calls_a_day = 10;
  Guarded world(guard, &memory);
  world.read_ok("/a/1");
  REQUIRE(world.findings().size() == 1);
  CHECK(world.findings()[0].finding.rule == GuardRule::Budget);
  CHECK(world.findings()[0].finding.level == Level::Hard);
}

TEST_CASE("a client with another name still has the same day's budget") {
  FakeGuardPort memory;
  GuardConfig guard;
  guard.budgets.calls_a_day = 10;
  World world({"fs"}, {.guard = guard, .guard_port = &memory});
  std::deque<FakeLink> links;
  int calls = 0, up = 0;
  const auto call = [&](SessionNumber session) {
    const std::string number = std::to_string(++calls);
    world.client_sends(session, call_line("1", "fs__read_file", text_object("path", "/" + number)));
    while (static_cast<int>(world.children.starts.size()) > up) world.bring_up(up++, {"read_file"});
    for (auto& [child, lines] : world.children.got)
      if (!lines.empty()) world.answer(child, "tools/call", text_result("it says " + number));
  };
  // This client makes so many calls. Returns the level of the guard's finding about the day's
  // budget.
  const auto spent = [&](const std::string& name, const ClientFacts& facts, int times) {
    const SessionNumber session = world.gate->open_session(world.now, links.emplace_back(), facts);
    world.client_sends(session, initialize(name));
    const size_t before = world.record.all<FindingRaised>().size();
    for (int i = 0; i < times; ++i) call(session);
    const auto found = world.record.all<FindingRaised>();
    if (found.size() == before) return Level::None;
    CHECK(found.back().finding.rule == GuardRule::Budget);
    CHECK(found.back().finding.agent == name);
    return found.back().finding.level;
  };
  SUBCASE("the client is known by its program") {
    const ClientFacts codex{.process = {.pid = 8, .exe = "/usr/bin/codex"}};
    CHECK(spent("one", codex, 7) == Level::None);
    CHECK(spent("two", {.process = {.pid = 9, .exe = "/bin/sh", .parents = {"8 /opt/codex"}}}, 1) ==
          Level::Soft);
    CHECK(spent("one", {.process = {.pid = 9, .exe = "/usr/bin/other"}}, 7) == Level::None);
    CHECK(spent("three", codex, 2) == Level::Hard);
  }
  SUBCASE("the client is known by its token") {
    CHECK(spent("one", {.token = "ci"}, 9) == Level::Soft);
    CHECK(spent("two", {.token = "ci"}, 1) == Level::Hard);
    CHECK(spent("one", {.token = "other"}, 7) == Level::None);
  }
  SUBCASE("a client that an interpreter runs is known by its name as well") {
    const ClientFacts node{.process = {.pid = 8, .exe = "/usr/bin/node"}};
    CHECK(spent("one", node, 7) == Level::None);
    CHECK(spent("two", node, 7) == Level::None);
    CHECK(spent("one", node, 3) == Level::Hard);
  }
  SUBCASE("the client is known only by its name") {
    CHECK(spent("one", {}, 7) == Level::None);
    CHECK(spent("two", {}, 7) == Level::None);
    // A name may look like a token or a program.
    CHECK(spent("\\u001ftoken ci", {}, 7) == Level::None);
    CHECK(spent("two", {.token = "ci"}, 7) == Level::None);
  }
}

TEST_CASE("a new budget begins when a person answers a question") {
  GuardConfig guard = with_ladder({Step::Block});
  guard.budgets.calls = 20;
  OneServer world({.tools = {"read_file"}, .client = R"({"elicitation":{}})", .guard = guard});
  const auto call = [&](int number) {
    const std::string id = std::to_string(number);
    world.client_sends(call_line(id, "fs__read_file", text_object("path", "/" + id)));
    return !world.children.got[0].empty();
  };
  for (int i = 1; i <= 19; ++i) {
    REQUIRE(call(i));
    world.answer(0, "tools/call", text_result("it says " + std::to_string(i)));
  }
  REQUIRE(call(20));
  const std::string last = world.child_gets();
  world.child_sends(request("elicitation/create", R"({"message":"?"})", "\"q\""));
  while (world.link.got.size() > 1) world.client_gets();
  const std::string question = world.client_gets();
  REQUIRE(at(question, "/method") == "\"elicitation/create\"");
  world.client_sends(answer_to(question, R"({"action":"accept","content":{}})"));
  world.child_gets();  // the person's answer
  world.child_sends(answer_to(last, text_result("it says 20")));
  CHECK(call(21));
}

TEST_CASE("a session's first calls wait a short time for the dead ends of earlier sessions") {
  FakeGuardPort memory;
  memory.holds = true;
  Guarded world({}, &memory);
  CHECK(memory.asked == std::vector<std::string>{"test"});
  world.send("read_file", R"({"path":"/a"})");
  CHECK_FALSE(world.forwarded());
  SUBCASE("the dead ends arrive") {
    memory.unanswered.emplace_back(kTestClient);
    world.settle();
    CHECK(world.forwarded());
  }
  SUBCASE("the dead ends do not arrive in time") {
    world.pass(199ms);
    CHECK_FALSE(world.forwarded());
    world.pass(1ms);
    CHECK(world.forwarded());
    world.child_gets();
    world.send("read_file", R"({"path":"/b"})");
    CHECK(world.forwarded());
    memory.unanswered.emplace_back(kTestClient);
    world.settle();
  }
  SUBCASE("the client goes before they arrive") {
    world.gate->client_gone(world.now, world.session, "closed");
    memory.unanswered.emplace_back(kTestClient);
    world.pass(1s);
    CHECK_FALSE(world.forwarded());
  }
}

TEST_CASE("a spent budget stops calls until a person acts or the client rests") {
  GuardConfig guard = with_ladder({Step::Block});
  guard.budgets.calls = 20;
  for (const int rule : {0, 1, 2, 3, 4, 5}) guard.rules[static_cast<size_t>(rule)].off = true;
  Guarded world(guard);
  for (int i = 0; i < 20; ++i) world.read_ok("/a/" + std::to_string(i));
  CHECK(world.findings().size() == 2);
  world.read_ok("/a/x");
  CHECK(last_started(world).rule == "guard budget");
  SUBCASE("the client rests for half an hour") {
    world.pass(31min);
    world.read_ok("/a/x");
    CHECK(last_started(world).permission == Permission::Allow);
  }
  SUBCASE("a person clears the finding") {
    world.gate->finding_cleared(world.now, 2);
    world.read_ok("/a/x");
    CHECK(last_started(world).permission == Permission::Allow);
  }
}

namespace {

/// An agent that is stuck for 47 hours. It guesses names, mutates hashes and does useful work in
/// between. In its next session it tries the same wrong paths again.
struct Stuck {
  FakeGuardPort memory;
  uint32_t calls = 0, at_hard = 0, first_stuck = 0;
  bool budget_hard = false;

  void count_hard(Guarded& world) {
    for (const FindingRaised& raised : world.findings()) {
      if (raised.finding.level != Level::Hard) continue;
      if (at_hard == 0) at_hard = raised.call;
      budget_hard = budget_hard || raised.finding.rule == GuardRule::Budget;
    }
  }
  void useful(Guarded& world, int from, int count) {
    for (int i = from; i < from + count; ++i, ++calls) world.read_ok("/src/m" + std::to_string(i));
  }
  void guess(Guarded& world, int from, int count) {
    for (int i = from; i < from + count; ++i, ++calls)
      world.read("/src/util/helper_" + std::string(1, static_cast<char>('a' + i % 26)) +
                 std::string(1, static_cast<char>('a' + i / 26 % 26)) + "x.ts");
  }
  void mutate(Guarded& world, int count) {
    for (int i = 0; i < count; ++i, ++calls) {
      world.pass(61s);  // and ten seconds for each call
      const std::string hash = "a1b2c3d4e5f6071" + std::to_string(100 + i % 900);
      world.call("git_show", text_object("ref", hash), error_result("fatal: bad object " + hash));
    }
  }
};

}  // namespace

TEST_CASE(
    "an agent that is stuck for 47 hours and 2,575 calls is found early, also in its next "
    "session") {
  Stuck agent;
  {
    Guarded first(with_ladder({}), &agent.memory);
    agent.useful(first, 0, 40);
    agent.first_stuck = agent.calls + 1;
    agent.guess(first, 0, 60);
    agent.count_hard(first);
    CHECK(agent.at_hard > 0);
    CHECK(agent.at_hard < agent.first_stuck + 10);
    const Nanos begin = first.now.monotonic;
    for (int phase = 0; agent.calls < 2'400; ++phase) {
      agent.mutate(first, 160);
      first.pass(28min);
      agent.useful(first, 1000 * (phase + 1), 30);
      agent.guess(first, 60 + 10 * phase, 10);
      first.pass(28min);
    }
    CHECK(first.now.monotonic - begin > 47h);
    agent.count_hard(first);
    CHECK(agent.budget_hard);
    agent.memory.take(first.record);
  }
  SUBCASE("the next session gets advice at its first repeated try") {
    Guarded second({}, &agent.memory);
    const std::string answer = second.read("/src/util/helper_aax.ts");
    CHECK(second.advice_in(answer).find("earlier session") != std::string::npos);
    CHECK(second.findings().at(0).finding.rule == GuardRule::DeadEnd);
    agent.guess(second, 1, 174);
    CHECK(agent.calls >= 2'574);
    agent.at_hard = 0;
    agent.count_hard(second);
    CHECK(agent.at_hard <= 7);
  }
  SUBCASE("the next session is stopped there if the configuration says so") {
    GuardConfig guard;
    guard.known = GuardConfig::KnownDeadEnd::Block;
    Guarded second(guard, &agent.memory);
    CHECK(at(second.read("/src/util/helper_aax.ts"), "/result/isError") == "true");
    CHECK(last_started(second).rule == "guard dead-end");
    CHECK(second.children.got[0].empty());
  }
}
