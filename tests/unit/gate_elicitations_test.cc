// Pages that a user must visit before a legacy server goes on.
#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

const std::string kUrls = R"({"elicitation":{"url":{}}})";

std::string needs_page(const std::string& forwarded, const std::string& elicitations) {
  return R"({"jsonrpc":"2.0","id":)" + at(forwarded, "/id") +
         R"(,"error":{"code":-32042,"message":"visit","data":{"elicitations":)" + elicitations +
         "}}}";
}

const std::string kOnePage =
    R"([{"mode":"url","elicitationId":"e1","url":"https://a.example/x","message":"sign in"}])";

std::string call_with_pages(const std::string& id, const std::string& more = "",
                            const std::string& capabilities = kUrls) {
  return R"({"jsonrpc":"2.0","id":)" + id +
         R"(,"method":"tools/call","params":{"name":"fs__read","arguments":{"a":1},"_meta":{)"
         R"("io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
         R"("io.modelcontextprotocol/clientCapabilities":)" +
         capabilities + "}" + more + "}}";
}

// A modern client called a tool of a legacy server.
struct Called : World {
  FakeLink link;
  SessionNumber session;
  std::string forwarded;
  explicit Called(PolicyConfig rules = {}, const std::string& capabilities = kUrls)
      : World({"fs"}, std::move(rules)) {
    session = gate->open_session(now, link, {});
    say(session, call_with_pages("1", "", capabilities));
    bring_up(0, {"read"});
    forwarded = children.take(0);
  }
};

}  // namespace

TEST_CASE("a page that a legacy server needs visited is an input that a modern client is asked") {
  Called world;
  world.child_says(0, needs_page(world.forwarded, kOnePage));
  const std::string asked = world.link.take();
  CHECK(at(asked, "/result/resultType") == "\"input_required\"");
  CHECK(at(asked, "/result/inputRequests/question-1-1") ==
        R"({"method":"elicitation/create","params":{"mode":"url","message":"sign in",)"
        R"("url":"https://a.example/x"}})");
  const std::string state = R"(,"requestState":)" + at(asked, "/result/requestState");
  const auto answered_with = [&state](const std::string& action) {
    return R"(,"inputResponses":{"question-1-1":{"action":")" + action + R"("}})" + state;
  };

  SUBCASE("the call goes to the child anew when it comes back") {
    world.pass(5s);
    world.say(world.session, call_with_pages("2", answered_with("accept")));
    const std::string again = world.children.take(0);
    CHECK(at(again, "/params") == R"({"name":"read","arguments":{"a":1},"_meta":{}})");
    CHECK(at(again, "/id") != at(world.forwarded, "/id"));
    world.child_says(
        0, R"({"jsonrpc":"2.0","id":)" + at(again, "/id") + R"(,"result":{"content":[]}})");
    CHECK(at(world.link.take(), "/id") == "2");
    const auto ends = world.record.all<CallFinished>();
    REQUIRE(ends.size() == 1);
    CHECK(ends[0].rounds == 2);
    CHECK(ends[0].waited == Nanos(5s));
  }
  SUBCASE("a user who does not want to ends it") {
    world.say(world.session, call_with_pages("2", answered_with("decline")));
    CHECK(world.children.take(0) == "");
    CHECK(at(world.link.take(), "/result/isError") == "true");
  }
  SUBCASE("the word of completion is not for modern clients") {
    world.child_says(0, R"({"jsonrpc":"2.0","method":"notifications/elicitation/complete",)"
                        R"("params":{"elicitationId":"e1"}})");
    CHECK(world.link.take() == "");
  }
  SUBCASE("a server that never has enough is stopped after ten rounds") {
    std::string more = answered_with("accept");
    for (int round = 2; round <= 10; ++round) {
      world.say(world.session, call_with_pages(std::to_string(round), more));
      world.child_says(0, needs_page(world.children.take(0), kOnePage));
      if (round == 10) break;
      more = R"(,"requestState":)" + at(world.link.take(), "/result/requestState");
    }
    CHECK(at(world.link.take(), "/error/data/code") == "\"call.rounds\"");
  }
}

TEST_CASE("a page is not asked of a client that opens none, nor against a rule") {
  SUBCASE("capability") {
    Called world({}, R"({"elicitation":{}})");
    world.child_says(0, needs_page(world.forwarded, kOnePage));
    const std::string answer = world.link.take();
    CHECK(at(answer, "/error/code") == "-32021");
    CHECK(at(answer, "/error/data/requiredCapabilities/elicitation/url") == "{}");
  }
  SUBCASE("rule") {
    PolicyConfig rules;
    rules.deny.push_back({.subject = RuleSpec::Subject::Question,
                          .pattern = "fs",
                          .question = "elicitation",
                          .written = "deny[0]"});
    Called world(rules);
    world.child_says(0, needs_page(world.forwarded, kOnePage));
    CHECK(at(world.link.take(), "/result/isError") == "true");
  }
  SUBCASE("no page named") {
    Called world;
    world.child_says(0, needs_page(world.forwarded, "[]"));
    CHECK(at(world.link.take(), "/result/isError") == "true");
  }
  SUBCASE("malformed") {
    Called world;
    world.child_says(0, needs_page(world.forwarded, "7"));
    CHECK(at(world.link.take(), "/error/code") == "-32603");
  }
}

TEST_CASE("a legacy client gets the error as it is, and alone learns that the page was visited") {
  World world({"fs"});
  FakeLink link, other;
  const auto session = world.connect(link, kUrls, "2025-11-25");
  world.connect(other, kUrls, "2025-11-25");
  world.bring_up(0, {"read"});
  REQUIRE(world.children.starts.size() == 1);
  world.say(session, call_line("5", "fs__read"));
  world.child_says(0, needs_page(world.children.take(0), kOnePage));
  const std::string answer = link.take();
  CHECK(at(answer, "/error/code") == "-32042");
  CHECK(at(answer, "/error/data/elicitations") == kOnePage);
  const std::string complete = R"({"jsonrpc":"2.0","method":"notifications/elicitation/complete",)"
                               R"("params":{"elicitationId":"e1"}})";
  world.child_says(0, complete);
  CHECK(link.take() == complete);
  CHECK(other.take() == "");
  std::string unknown = complete;
  unknown.replace(unknown.find("e1"), 2, "e2");
  world.child_says(0, unknown);
  CHECK(link.take() == "");
}

TEST_CASE("an elicitation of the legacy era is completed at the client that was asked") {
  World world({"fs"});
  FakeLink link;
  const auto session = world.connect(link, kUrls, "2025-11-25");
  world.bring_up(0, {"read"});
  world.say(session, call_line("5", "fs__read"));
  world.children.take(0);
  world.child_says(0, R"({"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{)"
                      R"("mode":"url","elicitationId":"e9","url":"https://a.example",)"
                      R"("message":"m"}})");
  CHECK(at(link.take(), "/params/elicitationId") == "\"e9\"");
  const std::string complete = R"({"jsonrpc":"2.0","method":"notifications/elicitation/complete",)"
                               R"("params":{"elicitationId":"e9"}})";
  world.child_says(0, complete);
  CHECK(link.take() == complete);
}
