// The rules also decide requests other than calls of tools, prompts and resources, and the record
// has a row for each.
#include "gate_world.h"

using namespace callgate;

namespace {

using Subject = RuleSpec::Subject;

std::string about(const std::string& uri) { return text_object("uri", uri); }

std::string completion(const std::string& type, const std::string& key, const std::string& name,
                       const std::string& value) {
  return request("completion/complete", R"({"ref":{"type":)" + quoted("ref/" + type) + "," +
                                            quoted(key) + ":" + quoted(name) +
                                            R"(},"argument":{"name":"path","value":)" +
                                            quoted(value) + "}}");
}

RuleSpec rule(Subject subject, const std::string& pattern) {
  return {.subject = subject, .pattern = pattern, .written = "rule " + pattern};
}

PolicyConfig denies(std::vector<RuleSpec> rules) { return {.deny = std::move(rules)}; }

/// One server `a` with resources, a template, a prompt and completion.
struct Requests : OneClient {
  explicit Requests(PolicyConfig rules = {}, bool modern = false)
      : OneClient({"a"}, {.rules = std::move(rules)}) {
    if (modern) {
      open();
      client_sends(modern_request("tools/list"));
    } else {
      hello();
    }
    greet(0, R"({"resources":{"subscribe":true},"prompts":{},"completions":{}})");
    answer(0, "prompts/list", prompt_list({"p", "q"}));
    answer(0, "resources/list", resource_list({"file:///etc/shadow", "x:1", "x:2"}));
    answer(0, "resources/templates/list", template_list({"file:///{path}"}));
    link.got.clear();
  }
  CallStarted last() const { return record.all<CallStarted>().back(); }
  std::string refusal() { return at(client_gets(), "/error/message"); }
  /// The child gets the params of `line` unchanged, and answers.
  void passes(const std::string& line, const std::string& result = "{}") {
    const std::string sent = child_gets();
    CHECK(at(sent, "/params") == at(line, "/params"));
    child_sends(answer_to(sent, result));
    CHECK(at(client_gets(), "/result") == result);
    CHECK(record.all<CallFinished>().back().outcome == Outcome::Ok);
  }
};

}  // namespace

TEST_CASE("the rules on a resource decide its subscription, which is recorded before it is sent") {
  Requests world(denies({rule(Subject::Resource, "x:2")}));
  world.hold_record = true;
  const std::string good = request("resources/subscribe", about("x:1"));
  world.client_sends(good);
  CHECK(world.last().kind == CallKind::Subscribe);
  CHECK(world.last().tool == "x:1");
  CHECK(world.last().wire == about("x:1"));
  CHECK(world.children.got[0].empty());
  world.hold_record = false;
  world.settle();
  world.passes(good);
  world.client_sends(request("resources/subscribe", about("x:2")));
  CHECK(world.refusal().find("rule x:2") != std::string::npos);
  CHECK(world.last().permission == Permission::Deny);
  CHECK(world.record.all<CallFinished>().back().outcome == Outcome::Denied);
  CHECK(world.children.got[0].empty());
}

TEST_CASE(
    "unsubscribing is recorded as a call, and always possible for a subscription that was "
    "allowed") {
  Requests world;
  world.client_sends(request("resources/unsubscribe", R"({"uri":"x:2","evil":1})"));
  CHECK(world.last().kind == CallKind::Unsubscribe);
  world.passes(request("resources/unsubscribe", R"({"uri":"x:2","evil":1})"));
  const std::string good = request("resources/subscribe", about("x:1"));
  world.client_sends(good);
  world.passes(good);
  pause_client(world, "test");
  world.client_sends(request("resources/unsubscribe", R"({"uri":"x:2","evil":1})"));
  CHECK(world.refusal().find("paused") != std::string::npos);
  CHECK(world.children.got[0].empty());
  world.client_sends(request("resources/unsubscribe", R"({"uri":"x:1","evil":1})"));
  CHECK(at(world.client_gets(), "/result") == "{}");
  const std::string sent = world.child_gets();
  CHECK(at(sent, "/method") == "\"resources/unsubscribe\"");
  CHECK(at(sent, "/params") == about("x:1"));
}

TEST_CASE("the rules on a prompt or resource decide its completion, which is recorded") {
  Requests world(denies({rule(Subject::Prompt, "a__q"), rule(Subject::Resource, "x:2")}));
  const std::string good = completion("prompt", "name", "a__p", "v");
  world.client_sends(good);
  CHECK(world.last().kind == CallKind::Complete);
  CHECK(world.last().tool == "p");
  CHECK(world.last().exposed == "a__p");
  CHECK(std::string(world.last().args.bytes) == at(good, "/params"));
  const std::string sent = world.child_gets();
  CHECK(at(sent, "/params/ref/name") == "\"p\"");
  world.child_sends(answer_to(sent, R"({"completion":{"values":["v1"]}})"));
  CHECK(at(world.client_gets(), "/result/completion/values") == R"(["v1"])");
  for (const std::string& line :
       {completion("prompt", "name", "a__q", "v"), completion("resource", "uri", "x:2", "v")}) {
    world.client_sends(line);
    CHECK(world.refusal().find("rule ") != std::string::npos);
    CHECK(world.children.got[0].empty());
    CHECK(world.last().permission == Permission::Deny);
  }
}

TEST_CASE("a rule sees a completion's values as arguments and in the resource template") {
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
    world.client_sends(line);
    CHECK(world.refusal().find("rule ") != std::string::npos);
    CHECK(world.children.got[0].empty());
  }
  world.client_sends(completion("resource", "uri", uri, "open/a"));
  world.passes(completion("resource", "uri", uri, "open/a"), R"({"completion":{"values":[]}})");
}

TEST_CASE("a completion with an unclear reference is refused") {
  Requests world;
  for (const std::string params :
       {R"({"ref":{"type":"ref/else","name":"a__p"},"argument":{"name":"n","value":"v"}})",
        R"({"ref":{"type":"ref/prompt","uri":"x:1"},"argument":{"name":"n","value":"v"}})",
        R"({"ref":{"type":"ref/prompt","name":"a__p"},"argument":{"value":"v"}})",
        R"({"ref":{"type":"ref/prompt","name":"a__p"}})", "{}"}) {
    CAPTURE(params);
    world.client_sends(request("completion/complete", params));
    CHECK(at(world.client_gets(), "/error/data/code") == "\"call.params\"");
    CHECK(world.children.got[0].empty());
  }
}

TEST_CASE(
    "a method that MCP does not have is recorded as its own kind of call and has its own rules") {
  PolicyConfig rules = denies(
      {rule(Subject::Method, "acme/bad*"), rule(Subject::Name, "*"), rule(Subject::Resource, "*")});
  RuleSpec on_argument = rule(Subject::Method, "acme/run");
  on_argument.args = {{.key = "cmd", .kind = ArgConstraint::Kind::Glob, .texts = {"rm *"}}};
  rules.deny.push_back(on_argument);
  Requests world(rules);
  const std::string good = request("acme/run", R"({"cmd":"ls","name":"x"})");
  world.client_sends(good);
  CHECK(world.last().kind == CallKind::Method);
  CHECK(world.last().tool == "acme/run");
  CHECK(std::string(world.last().args.bytes) == R"({"cmd":"ls","name":"x"})");
  CHECK(world.last().wire == R"({"cmd":"ls","name":"x"})");
  world.passes(good, R"({"done":true})");
  for (const std::string& line : {request("acme/run", R"({"cmd":"rm -r /"})"),
                                  request("acme/bad", "{}"), request("acme/bad/too", "{}")}) {
    world.client_sends(line);
    const std::string refused = world.client_gets();
    CHECK(at(refused, "/error/code") == "-32601");
    CHECK(at(refused, "/error/data/code") == "\"policy.denied\"");
    CHECK(world.last().permission == Permission::Deny);
    CHECK(world.children.got[0].empty());
  }
  pause_client(world, "test");
  world.client_sends(good);
  CHECK(world.refusal().find("paused") != std::string::npos);
  CHECK(world.children.got[0].empty());
}

TEST_CASE("with default deny, only a rule on methods allows a method") {
  PolicyConfig rules;
  rules.fallback = RuleList::Deny;
  rules.allow = {rule(Subject::Name, "*"), rule(Subject::Resource, "*"),
                 rule(Subject::Method, "acme/good")};
  Requests world(rules);
  world.client_sends(request("acme/own", "{}"));
  CHECK(world.refusal().find("default") != std::string::npos);
  CHECK(world.children.got[0].empty());
  world.client_sends(request("acme/good", "{}"));
  world.passes(request("acme/good", "{}"));
}

TEST_CASE("a method that could go to several servers is refused and recorded") {
  OneClient world({"a", "b"});
  world.hello();
  world.bring_up(0, {"x"});
  world.bring_up(1, {"y"});
  world.client_sends(request("acme/own", R"({"k":1})"));
  CHECK(at(world.client_gets(), "/error/code") == "-32601");
  REQUIRE(world.record.all<CallStarted>().size() == 1);
  CHECK(world.record.all<CallStarted>()[0].tool == "acme/own");
  CHECK(world.record.all<CallFinished>()[0].outcome == Outcome::RpcError);
  CHECK(world.children.got[0].empty());
  CHECK(world.children.got[1].empty());
}

TEST_CASE("each URI of a modern client's stream is decided and recorded before the subscription") {
  Requests world(denies({rule(Subject::Resource, "x:2")}), true);
  world.hold_record = true;
  const std::string line = modern_request(
      "subscriptions/listen", R"(,"notifications":{"resourceSubscriptions":["x:1","x:2"]})");
  world.client_sends(line);
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
  const std::string sent = world.child_gets();
  CHECK(at(sent, "/method") == "\"resources/subscribe\"");
  CHECK(at(sent, "/params/uri") == "\"x:1\"");
  CHECK(world.children.got[0].empty());
  const std::string acknowledged = world.client_gets();
  CHECK(at(acknowledged, "/method") == "\"notifications/subscriptions/acknowledged\"");
  CHECK(at(acknowledged, "/params/notifications/resourceSubscriptions") == R"(["x:1"])");
  CHECK(world.link.got.empty());
  world.child_sends(notification("notifications/resources/updated", R"({"uri":"x:1"})"));
  CHECK(at(world.client_gets(), "/method") == "\"notifications/resources/updated\"");
}

TEST_CASE("a paused client's stream subscribes to no resource") {
  Requests world({}, true);
  pause_client(world, "cursor");
  world.client_sends(modern_request("subscriptions/listen",
                                    R"(,"notifications":{"resourceSubscriptions":["x:1"]})"));
  CHECK(world.children.got[0].empty());
  CHECK(world.last().rule == "clients: paused");
  CHECK(at(world.client_gets(), "/params/notifications") == "{}");
}

TEST_CASE("the digest of a call covers all of its params") {
  Requests world;
  for (const std::string params : {R"({"uri":"x:1","evil":[1]})", R"({"uri":"x:1"})"}) {
    world.client_sends(request("resources/read", params));
    CHECK(std::string(world.last().wire) == params);
    CHECK(world.last().args.bytes.empty());
  }
  const std::string params = R"({"name":"a__p","arguments":{"k":"v"},"evil":[1]})";
  world.client_sends(request("prompts/get", params));
  CHECK(std::string(world.last().wire) == params);
  CHECK(std::string(world.last().args.bytes) == R"({"k":"v"})");
}

TEST_CASE("a server cannot request input in its answer to an unknown method") {
  Requests world({}, true);
  world.client_sends(modern_request("acme/own", R"(,"requestState":"mine","inputResponses":{})"));
  const std::string sent = world.child_gets();
  CHECK(at(sent, "/method") == "\"acme/own\"");
  world.child_sends(answer_to(sent, R"({"resultType":"input_required","inputRequests":{}})"));
  CHECK(at(world.client_gets(), "/error/data/code") == "\"question.refused\"");
}

TEST_CASE("a client can cancel a completion, which fails when its server ends") {
  Requests world;
  const std::string line = completion("prompt", "name", "a__p", "v");
  world.client_sends(line);
  const std::string first = world.child_gets();
  world.client_sends(cancelled("77"));
  CHECK(at(world.child_gets(), "/params/requestId") == at(first, "/id"));
  CHECK(world.record.all<CallFinished>().back().outcome == Outcome::Cancelled);
  world.client_sends(line);
  world.gate->child_gone(world.now, 0, {.reason = "exited with status 1"});
  CHECK(at(world.client_gets(), "/error/data/code") == "\"server.gone\"");
  CHECK(world.gate->open_requests(world.session) == 0);
}
