// Requests other than calls of tools, prompts and resources: the rules decide them, and the record
// has a row for each.
#include "gate_world.h"

using namespace callgate;

namespace {

using Subject = RuleSpec::Subject;

std::string about(const std::string& uri) { return R"({"uri":")" + uri + R"("})"; }

std::string completion(const std::string& type, const std::string& key, const std::string& name,
                       const std::string& value) {
  return request("completion/complete",
                 R"({"ref":{"type":"ref/)" + type + R"(",")" + key + R"(":")" + name +
                     R"("},"argument":{"name":"path","value":")" + value + R"("}})");
}

RuleSpec rule(Subject subject, const std::string& pattern) {
  return {.subject = subject, .pattern = pattern, .written = "rule " + pattern};
}

PolicyConfig denies(std::vector<RuleSpec> rules) {
  PolicyConfig policy;
  policy.deny = std::move(rules);
  return policy;
}

/// One server `a` with resources, a template, a prompt and completion.
struct Requests : World {
  FakeLink link;
  SessionNumber session;
  explicit Requests(PolicyConfig rules = {}, bool modern = false) : World({"a"}, std::move(rules)) {
    if (modern) {
      session = gate->open_session(now, link, {});
      say(session, request("tools/list", "{" + kModernMeta + "}"));
    } else {
      session = connect(link);
    }
    gate->child_up(now, 0, 1);
    answer(0, "initialize",
           R"({"protocolVersion":"2025-06-18","capabilities":{"resources":{"subscribe":true},)"
           R"("prompts":{},"completions":{}},"serverInfo":{}})");
    children.take(0);
    answer(0, "prompts/list", R"({"prompts":[{"name":"p"},{"name":"q"}]})");
    answer(0, "resources/list",
           R"({"resources":[{"uri":"file:///etc/shadow","name":"s"},)"
           R"({"uri":"x:1","name":"x"},{"uri":"x:2","name":"y"}]})");
    answer(0, "resources/templates/list",
           R"({"resourceTemplates":[{"uriTemplate":"file:///{path}","name":"t"}]})");
    link.got.clear();
  }
  CallStarted last() const { return record.all<CallStarted>().back(); }
  std::string refusal() { return at(link.take(), "/error/message"); }
  /// The child has the line's params, unchanged; it answers.
  void passes(const std::string& line, const std::string& result = "{}") {
    const std::string sent = children.take(0);
    CHECK(at(sent, "/params") == at(line, "/params"));
    child_says(0, R"({"jsonrpc":"2.0","id":)" + at(sent, "/id") + R"(,"result":)" + result + "}");
    CHECK(at(link.take(), "/result") == result);
    CHECK(record.all<CallFinished>().back().outcome == Outcome::Ok);
  }
};

}  // namespace

TEST_CASE(
    "a subscription is decided by the rules of its resource, and recorded before it is sent") {
  Requests world(denies({rule(Subject::Resource, "x:2")}));
  world.hold_record = true;
  const std::string good = request("resources/subscribe", about("x:1"));
  world.say(world.session, good);
  CHECK(world.last().kind == CallKind::Subscribe);
  CHECK(world.last().tool == "x:1");
  CHECK(world.last().wire == about("x:1"));
  CHECK(world.children.got[0].empty());
  world.hold_record = false;
  world.settle();
  world.passes(good);
  world.say(world.session, request("resources/subscribe", about("x:2")));
  CHECK(world.refusal().find("rule x:2") != std::string::npos);
  CHECK(world.last().permission == Permission::Deny);
  CHECK(world.record.all<CallFinished>().back().outcome == Outcome::Denied);
  CHECK(world.children.got[0].empty());
}

TEST_CASE("unsubscribing is a call, and ends what was allowed whatever the rules say now") {
  Requests world;
  world.say(world.session, request("resources/unsubscribe", R"({"uri":"x:2","evil":1})"));
  CHECK(world.last().kind == CallKind::Unsubscribe);
  world.passes(request("resources/unsubscribe", R"({"uri":"x:2","evil":1})"));
  const std::string good = request("resources/subscribe", about("x:1"));
  world.say(world.session, good);
  world.passes(good);
  pause_client(world, "test");
  world.say(world.session, request("resources/unsubscribe", R"({"uri":"x:2","evil":1})"));
  CHECK(world.refusal().find("paused") != std::string::npos);
  CHECK(world.children.got[0].empty());
  world.say(world.session, request("resources/unsubscribe", R"({"uri":"x:1","evil":1})"));
  CHECK(at(world.link.take(), "/result") == "{}");
  const std::string taken_back = world.children.take(0);
  CHECK(at(taken_back, "/method") == "\"resources/unsubscribe\"");
  CHECK(at(taken_back, "/params") == about("x:1"));
}

TEST_CASE("a completion is decided by the rules of its prompt or resource, and recorded") {
  Requests world(denies({rule(Subject::Prompt, "a__q"), rule(Subject::Resource, "x:2")}));
  const std::string good = completion("prompt", "name", "a__p", "v");
  world.say(world.session, good);
  CHECK(world.last().kind == CallKind::Complete);
  CHECK(world.last().tool == "p");
  CHECK(world.last().exposed == "a__p");
  CHECK(std::string(world.last().args.bytes) == at(good, "/params"));
  const std::string sent = world.children.take(0);
  CHECK(at(sent, "/params/ref/name") == "\"p\"");
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(sent, "/id") +
                          R"(,"result":{"completion":{"values":["v1"]}}})");
  CHECK(at(world.link.take(), "/result/completion/values") == R"(["v1"])");
  for (const std::string& line :
       {completion("prompt", "name", "a__q", "v"), completion("resource", "uri", "x:2", "v")}) {
    world.say(world.session, line);
    CHECK(world.refusal().find("rule ") != std::string::npos);
    CHECK(world.children.got[0].empty());
    CHECK(world.last().permission == Permission::Deny);
  }
}

TEST_CASE("the values of a completion are what a rule sees of its arguments and its template") {
  RuleSpec on_argument = rule(Subject::Prompt, "a__p");
  on_argument.args = {{.key = "path", .kind = ArgConstraint::Kind::Glob, .texts = {"/etc*"}}};
  Requests world(denies({on_argument, rule(Subject::Resource, "memo://secret*")}));
  const std::string uri = "memo://{path}";
  for (const std::string& line :
       {completion("prompt", "name", "a__p", "/etc/pa"),
        request("completion/complete",
                R"({"ref":{"type":"ref/prompt","name":"a__p"},"argument":{"name":"n","value":"v"},)"
                R"("context":{"arguments":{"path":"/etc/passwd"}}})"),
        completion("resource", "uri", uri, "secret/a")}) {
    CAPTURE(line);
    world.say(world.session, line);
    CHECK(world.refusal().find("rule ") != std::string::npos);
    CHECK(world.children.got[0].empty());
  }
  world.say(world.session, completion("resource", "uri", uri, "open/a"));
  world.passes(completion("resource", "uri", uri, "open/a"), R"({"completion":{"values":[]}})");
}

TEST_CASE("a completion whose reference cannot be read in one way is refused") {
  Requests world;
  for (const std::string params :
       {R"({"ref":{"type":"ref/else","name":"a__p"},"argument":{"name":"n","value":"v"}})",
        R"({"ref":{"type":"ref/prompt","uri":"x:1"},"argument":{"name":"n","value":"v"}})",
        R"({"ref":{"type":"ref/prompt","name":"a__p"},"argument":{"value":"v"}})",
        R"({"ref":{"type":"ref/prompt","name":"a__p"}})", "{}"}) {
    CAPTURE(params);
    world.say(world.session, request("completion/complete", params));
    CHECK(at(world.link.take(), "/error/data/code") == "\"call.params\"");
    CHECK(world.children.got[0].empty());
  }
}

TEST_CASE("a method that MCP does not have is a call of its own kind with rules of its own") {
  PolicyConfig rules = denies(
      {rule(Subject::Method, "acme/bad*"), rule(Subject::Name, "*"), rule(Subject::Resource, "*")});
  RuleSpec on_argument = rule(Subject::Method, "acme/run");
  on_argument.args = {{.key = "cmd", .kind = ArgConstraint::Kind::Glob, .texts = {"rm *"}}};
  rules.deny.push_back(on_argument);
  Requests world(rules);
  const std::string good = request("acme/run", R"({"cmd":"ls","name":"x"})");
  world.say(world.session, good);
  CHECK(world.last().kind == CallKind::Method);
  CHECK(world.last().tool == "acme/run");
  CHECK(std::string(world.last().args.bytes) == R"({"cmd":"ls","name":"x"})");
  CHECK(world.last().wire == R"({"cmd":"ls","name":"x"})");
  world.passes(good, R"({"done":true})");
  for (const std::string& line : {request("acme/run", R"({"cmd":"rm -r /"})"),
                                  request("acme/bad", "{}"), request("acme/bad/too", "{}")}) {
    world.say(world.session, line);
    const std::string refused = world.link.take();
    CHECK(at(refused, "/error/code") == "-32601");
    CHECK(at(refused, "/error/data/code") == "\"policy.denied\"");
    CHECK(world.last().permission == Permission::Deny);
    CHECK(world.children.got[0].empty());
  }
  pause_client(world, "test");
  world.say(world.session, good);
  CHECK(world.refusal().find("paused") != std::string::npos);
  CHECK(world.children.got[0].empty());
}

TEST_CASE("with default deny a method needs a rule on methods") {
  PolicyConfig rules;
  rules.fallback = RuleList::Deny;
  rules.allow = {rule(Subject::Name, "*"), rule(Subject::Resource, "*"),
                 rule(Subject::Method, "acme/good")};
  Requests world(rules);
  world.say(world.session, request("acme/own", "{}"));
  CHECK(world.refusal().find("default") != std::string::npos);
  CHECK(world.children.got[0].empty());
  world.say(world.session, request("acme/good", "{}"));
  world.passes(request("acme/good", "{}"));
}

TEST_CASE("a method that no server can be meant by is refused with a row") {
  World world({"a", "b"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"x"});
  world.bring_up(1, {"y"});
  world.say(session, request("acme/own", R"({"k":1})"));
  CHECK(at(link.take(), "/error/code") == "-32601");
  REQUIRE(world.record.all<CallStarted>().size() == 1);
  CHECK(world.record.all<CallStarted>()[0].tool == "acme/own");
  CHECK(world.record.all<CallFinished>()[0].outcome == Outcome::RpcError);
  CHECK(world.children.got[0].empty());
  CHECK(world.children.got[1].empty());
}

TEST_CASE("each URI of a modern client's stream is decided and recorded before it is listened to") {
  Requests world(denies({rule(Subject::Resource, "x:2")}), true);
  world.hold_record = true;
  const std::string line =
      request("subscriptions/listen",
              "{" + kModernMeta + R"(,"notifications":{"resourceSubscriptions":["x:1","x:2"]}})");
  world.say(world.session, line);
  const auto rows = world.record.all<CallStarted>();
  REQUIRE(rows.size() == 2);
  for (const CallStarted& row : rows) {
    CHECK(row.kind == CallKind::Subscribe);
    CHECK(std::string(row.wire) == at(line, "/params"));
  }
  CHECK(rows[0].tool == "x:1");
  CHECK(rows[1].permission == Permission::Deny);
  CHECK(world.children.got[0].empty());
  CHECK(world.link.got.empty());
  world.hold_record = false;
  world.settle();
  const std::string sent = world.children.take(0);
  CHECK(at(sent, "/method") == "\"resources/subscribe\"");
  CHECK(at(sent, "/params/uri") == "\"x:1\"");
  CHECK(world.children.got[0].empty());
  const std::string acknowledged = world.link.take();
  CHECK(at(acknowledged, "/method") == "\"notifications/subscriptions/acknowledged\"");
  CHECK(at(acknowledged, "/params/notifications/resourceSubscriptions") == R"(["x:1"])");
  CHECK(world.link.got.empty());
  world.child_says(0, R"({"jsonrpc":"2.0","method":"notifications/resources/updated",)"
                      R"("params":{"uri":"x:1"}})");
  CHECK(at(world.link.take(), "/method") == "\"notifications/resources/updated\"");
}

TEST_CASE("a paused client's stream hears of no resource") {
  Requests world({}, true);
  pause_client(world, "cursor");
  world.say(world.session,
            request("subscriptions/listen",
                    "{" + kModernMeta + R"(,"notifications":{"resourceSubscriptions":["x:1"]}})"));
  CHECK(world.children.got[0].empty());
  CHECK(world.last().rule == "clients: paused");
  CHECK(at(world.link.take(), "/params/notifications") == "{}");
}

TEST_CASE("the digest of a call covers all of its params") {
  Requests world;
  for (const std::string& params :
       {std::string(R"({"uri":"x:1","evil":[1]})"), std::string(R"({"uri":"x:1"})")}) {
    world.say(world.session, request("resources/read", params));
    CHECK(std::string(world.last().wire) == params);
    CHECK(world.last().args.bytes.empty());
  }
  const std::string params = R"({"name":"a__p","arguments":{"k":"v"},"evil":[1]})";
  world.say(world.session, request("prompts/get", params));
  CHECK(std::string(world.last().wire) == params);
  CHECK(std::string(world.last().args.bytes) == R"({"k":"v"})");
}

TEST_CASE("a server cannot ask for input by the answer to a completion or an unknown method") {
  Requests world({}, true);
  world.say(
      world.session,
      request("acme/own", "{" + kModernMeta + R"(,"requestState":"mine","inputResponses":{}})"));
  const std::string sent = world.children.take(0);
  CHECK(at(sent, "/method") == "\"acme/own\"");
  world.child_says(0, R"({"jsonrpc":"2.0","id":)" + at(sent, "/id") +
                          R"(,"result":{"resultType":"input_required","inputRequests":{}}})");
  CHECK(at(world.link.take(), "/error/data/code") == "\"question.refused\"");
}

TEST_CASE("a client can cancel a completion, and a lost server fails it") {
  Requests world;
  const std::string line = completion("prompt", "name", "a__p", "v");
  world.say(world.session, line);
  const std::string first = world.children.take(0);
  world.say(world.session,
            R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":77}})");
  CHECK(at(world.children.take(0), "/params/requestId") == at(first, "/id"));
  CHECK(world.record.all<CallFinished>().back().outcome == Outcome::Cancelled);
  world.say(world.session, line);
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 1"});
  CHECK(at(world.link.take(), "/error/data/code") == "\"server.gone\"");
  CHECK(world.gate->open_requests(world.session) == 0);
}
