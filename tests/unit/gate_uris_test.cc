// Resource URIs that programs read in different ways.
#include "gate_world.h"

using namespace callgate;

namespace {

/// `uri` is JSON text without its quotes.
std::vector<std::string> requests_about(const std::string& uri) {
  const std::string params = R"({"uri":")" + uri + R"("})";
  return {request("resources/read", params), request("resources/subscribe", params),
          request("resources/unsubscribe", params),
          request("completion/complete", R"({"ref":{"type":"ref/resource","uri":")" + uri +
                                             R"("},"argument":{"name":"n","value":"v"}})")};
}

void bring_up_resources(World& world, ServerIndex server, const std::string& listed,
                        const std::string& uri_template) {
  world.gate->child_up(world.now, server, 1);
  world.answer(server, "initialize",
               R"({"protocolVersion":"2025-06-18","capabilities":{"resources":{"subscribe":true}},)"
               R"("serverInfo":{}})");
  world.children.take(server);
  world.answer(server, "resources/list",
               R"({"resources":[{"uri":")" + listed + R"(","name":"n"}]})");
  world.answer(server, "resources/templates/list",
               R"({"resourceTemplates":[{"uriTemplate":")" + uri_template + R"(","name":"t"}]})");
}

const std::vector<std::string> kOdd = {
    " demo://one",       "demo://one ",       "\\tdemo://one",      "de\\nmo://one",
    "demo://one\\u0000", "demo:\\\\\\\\one",  "demo://one\\r",      "\\u00a0demo://one",
    "demo://one\\u3000", "\\ufeffdemo://one", "demo://\\u0085one",  "demo://o\\u007fne",
    "demo://o\\u2028ne", "file:///a b",       "demo://x/..\\\\one", "\\u2003demo://one"};

}  // namespace

TEST_CASE("a client's URI with white space, controls or backslashes reaches no server") {
  World world({"a"});  // the only one: it would get every URI that nobody lists
  FakeLink link;
  const auto session = world.connect(link);
  bring_up_resources(world, 0, "demo://one", "{+any}");
  for (const std::string& uri : kOdd) {
    for (const std::string& line : requests_about(uri)) {
      CAPTURE(line);
      world.say(session, line);
      const std::string refused = link.take();
      CHECK(at(refused, "/error/code") == "-32602");
      CHECK(at(refused, "/error/data/code") == "\"resource.characters\"");
      CHECK(world.record.all<CallFinished>().back().outcome == Outcome::Denied);
      CHECK(world.children.got[0].empty());
    }
  }
}

TEST_CASE("an odd URI that a server lists, links to or has a template for is read as it is") {
  World world({"a", "b"});
  FakeLink link;
  const auto session = world.connect(link);
  bring_up_resources(world, 0, "demo://one", "demo:///{x}");
  bring_up_resources(world, 1, "file:///a b", "note://my notes/{id}");
  for (const std::string uri : {"file:///a b", "note://my notes/7"}) {
    CAPTURE(uri);
    world.say(session, requests_about(uri)[0]);
    CHECK(world.children.got[0].empty());
    const std::string sent = world.children.take(1);
    CHECK(at(sent, "/params") == R"({"uri":")" + uri + R"("})");
    world.child_says(1, R"({"jsonrpc":"2.0","id":)" + at(sent, "/id") +
                            R"(,"result":{"contents":[{"uri":"memo://a\\b","text":""}]}})");
    CHECK(at(link.take(), "/result/contents/0/text") == "\"\"");
  }
  world.say(session, requests_about("memo://a\\\\b")[0]);
  CHECK(at(world.children.take(1), "/params/uri") == R"("memo://a\\b")");
}

TEST_CASE("another spelling of a URI goes to the server of its normal form, byte for byte") {
  World world({"a", "b"});
  FakeLink link;
  const auto session = world.connect(link);
  bring_up_resources(world, 0, "demo://one/x", "t0://{id}");
  bring_up_resources(world, 1, "Demo://Two", "t1://h/{id}");
  for (const std::string uri :
       {"DEMO://one/x", "demo://ONE/x", "demo://one:/x", "demo://one/y/../x", "demo://one/%2e/x",
        "demo://one/%78", "T0://7"}) {
    CAPTURE(uri);
    world.say(session, requests_about(uri)[0]);
    CHECK(at(world.children.take(0), "/params/uri") == "\"" + uri + "\"");
  }
  for (const std::string uri : {"Demo://Two", "T1://H/7"}) {
    CAPTURE(uri);
    world.say(session, requests_about(uri)[0]);
    CHECK(at(world.children.take(1), "/params/uri") == "\"" + uri + "\"");
  }
}

TEST_CASE("a deny rule holds for every spelling, also of what a server lists") {
  PolicyConfig rules;
  rules.deny.push_back(
      {.subject = RuleSpec::Subject::Resource, .pattern = "demo://one*", .written = "deny[0]"});
  World world({"a"}, rules);
  FakeLink link;
  const auto session = world.connect(link);
  bring_up_resources(world, 0, " demo://one", "{+any}");
  for (const std::string uri : {" demo://one", "DEMO://ONE", "demo://one:/", "demo://x@one/",
                                "demo://one/../one", "demo://on%65"}) {
    for (const std::string& line : requests_about(uri)) {
      CAPTURE(line);
      world.say(session, line);
      CHECK(at(link.take(), "/error/message").find("deny[0]") != std::string::npos);
      CHECK(world.children.got[0].empty());
    }
  }
}
