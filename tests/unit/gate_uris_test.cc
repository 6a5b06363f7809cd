// Resource URIs that programs read in different ways.
#include "gate_world.h"

using namespace callgate;

namespace {

/// `uri` is JSON text without its quotes.
std::vector<std::string> requests_about(const std::string& uri) {
  const std::string params = text_object("uri", uri);
  return {request("resources/read", params), request("resources/subscribe", params),
          request("resources/unsubscribe", params),
          request("completion/complete", R"({"ref":{"type":"ref/resource","uri":)" + quoted(uri) +
                                             R"(},"argument":{"name":"n","value":"v"}})")};
}

const std::vector<std::string> kOdd = {
    " demo://one",       "demo://one ",       "\\tdemo://one",      "de\\nmo://one",
    "demo://one\\u0000", "demo:\\\\\\\\one",  "demo://one\\r",      "\\u00a0demo://one",
    "demo://one\\u3000", "\\ufeffdemo://one", "demo://\\u0085one",  "demo://o\\u007fne",
    "demo://o\\u2028ne", "file:///a b",       "demo://x/..\\\\one", "\\u2003demo://one"};

}  // namespace

TEST_CASE("a client's URI with white space, controls or backslashes reaches no server") {
  OneClient world({"a"});  // the only server would get every URI that no server lists
  world.hello();
  world.bring_up_resources(0, {"demo://one"}, {"{+any}"});
  for (const std::string& uri : kOdd) {
    for (const std::string& line : requests_about(uri)) {
      CAPTURE(line);
      world.client_sends(line);
      const std::string refused = world.client_gets();
      CHECK(at(refused, "/error/code") == "-32602");
      CHECK(at(refused, "/error/data/code") == "\"resource.characters\"");
      CHECK(world.record.all<CallFinished>().back().outcome == Outcome::Denied);
      CHECK(world.children.got[0].empty());
    }
  }
}

TEST_CASE("a server's own odd URI, from a list, a link or a template, is read as it is") {
  OneClient world({"a", "b"});
  world.hello();
  world.bring_up_resources(0, {"demo://one"}, {"demo:///{x}"});
  world.bring_up_resources(1, {"file:///a b"}, {"note://my notes/{id}"});
  for (const std::string uri : {"file:///a b", "note://my notes/7"}) {
    CAPTURE(uri);
    world.client_sends(requests_about(uri)[0]);
    CHECK(world.children.got[0].empty());
    const std::string sent = world.child_gets(1);
    CHECK(at(sent, "/params") == text_object("uri", uri));
    world.child_sends(1, answer_to(sent, R"({"contents":[{"uri":"memo://a\\b","text":""}]})"));
    CHECK(at(world.client_gets(), "/result/contents/0/text") == "\"\"");
  }
  world.client_sends(requests_about("memo://a\\\\b")[0]);
  CHECK(at(world.child_gets(1), "/params/uri") == R"("memo://a\\b")");
}

TEST_CASE("a URI in another spelling goes unchanged to the server of its normal form") {
  OneClient world({"a", "b"});
  world.hello();
  world.bring_up_resources(0, {"demo://one/x"}, {"t0://{id}"});
  world.bring_up_resources(1, {"Demo://Two"}, {"t1://h/{id}"});
  for (const std::string uri :
       {"DEMO://one/x", "demo://ONE/x", "demo://one:/x", "demo://one/y/../x", "demo://one/%2e/x",
        "demo://one/%78", "T0://7"}) {
    CAPTURE(uri);
    world.client_sends(requests_about(uri)[0]);
    CHECK(at(world.child_gets(), "/params/uri") == "\"" + uri + "\"");
  }
  for (const std::string uri : {"Demo://Two", "T1://H/7"}) {
    CAPTURE(uri);
    world.client_sends(requests_about(uri)[0]);
    CHECK(at(world.child_gets(1), "/params/uri") == "\"" + uri + "\"");
  }
}

TEST_CASE("a deny rule on a URI holds for every spelling of it, even for one that a server lists") {
  OneClient world({"a"}, {.rules = {.deny = {{.subject = RuleSpec::Subject::Resource,
                                              .pattern = "demo://one*",
                                              .written = "deny[0]"}}}});
  world.hello();
  world.bring_up_resources(0, {" demo://one"}, {"{+any}"});
  for (const std::string uri : {" demo://one", "DEMO://ONE", "demo://one:/", "demo://x@one/",
                                "demo://one/../one", "demo://on%65"}) {
    for (const std::string& line : requests_about(uri)) {
      CAPTURE(line);
      world.client_sends(line);
      CHECK(at(world.client_gets(), "/error/message").find("deny[0]") != std::string::npos);
      CHECK(world.children.got[0].empty());
    }
  }
}
