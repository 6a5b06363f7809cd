// Pages that a user must visit before a legacy server goes on.
#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

const std::string kUrls = R"({"elicitation":{"url":{}}})";

std::string needs_page(const std::string& forwarded, const std::string& elicitations) {
  return error_to(forwarded, R"({"code":-32042,"message":"visit","data":{"elicitations":)" +
                                 elicitations + "}}");
}

const std::string kOnePage =
    R"([{"mode":"url","elicitationId":"e1","url":"https://a.example/x","message":"sign in"}])";

std::string call_with_pages(const std::string& id, const std::string& more = "",
                            const std::string& capabilities = kUrls) {
  return modern_call(id, "fs__read", capabilities, more);
}

/// A modern client that has called a tool of a legacy server.
struct Called : OneClient {
  std::string forwarded;
  explicit Called(PolicyConfig rules = {}, const std::string& capabilities = kUrls)
      : OneClient({"fs"}, {.rules = std::move(rules)}) {
    open();
    client_sends(call_with_pages("1", "", capabilities));
    bring_up(0, {"read"});
    forwarded = child_gets();
  }
};

}  // namespace

TEST_CASE(
    "a page that a legacy server needs visited becomes a request for input to a modern client") {
  Called world;
  world.child_sends(needs_page(world.forwarded, kOnePage));
  const std::string asked = world.client_gets();
  CHECK(at(asked, "/result/resultType") == "\"input_required\"");
  CHECK(at(asked, "/result/inputRequests/question-1-1") ==
        R"({"method":"elicitation/create","params":{"mode":"url","message":"sign in",)"
        R"("url":"https://a.example/x"}})");
  const std::string state = state_of(asked);
  const auto answered_with = [&state](const std::string& action) {
    return R"(,"inputResponses":{"question-1-1":)" + text_object("action", action) + "}" + state;
  };

  SUBCASE("the call goes to the child again when the client comes back") {
    world.pass(5s);
    world.client_sends(call_with_pages("2", answered_with("accept")));
    const std::string again = world.child_gets();
    CHECK(at(again, "/params") == R"({"name":"read","arguments":{"a":1},"_meta":{}})");
    CHECK(at(again, "/id") != at(world.forwarded, "/id"));
    world.child_sends(answer_to(again, R"({"content":[]})"));
    CHECK(at(world.client_gets(), "/id") == "2");
    const auto ends = world.record.all<CallFinished>();
    REQUIRE(ends.size() == 1);
    CHECK(ends[0].rounds == 2);
    CHECK(ends[0].waited == Nanos(5s));
  }
  SUBCASE("the call fails if the user declines") {
    world.client_sends(call_with_pages("2", answered_with("decline")));
    CHECK(world.child_gets() == "");
    CHECK(at(world.client_gets(), "/result/isError") == "true");
  }
  SUBCASE("a modern client does not get the completion notification") {
    world.child_sends(
        notification("notifications/elicitation/complete", R"({"elicitationId":"e1"})"));
    CHECK(world.client_gets() == "");
  }
  SUBCASE("a call fails after ten rounds") {
    std::string more = answered_with("accept");
    for (int round = 2; round <= 10; ++round) {
      world.client_sends(call_with_pages(std::to_string(round), more));
      world.child_sends(needs_page(world.child_gets(), kOnePage));
      if (round == 10) break;
      more = state_of(world.client_gets());
    }
    CHECK(at(world.client_gets(), "/error/data/code") == "\"call.rounds\"");
  }
}

TEST_CASE("a client is not asked to visit a page that it cannot open or that a rule denies") {
  SUBCASE("the client cannot open pages") {
    Called world({}, R"({"elicitation":{}})");
    world.child_sends(needs_page(world.forwarded, kOnePage));
    const std::string answer = world.client_gets();
    CHECK(at(answer, "/error/code") == "-32021");
    CHECK(at(answer, "/error/data/requiredCapabilities/elicitation/url") == "{}");
  }
  SUBCASE("a rule denies it") {
    Called world({.deny = {{.subject = RuleSpec::Subject::Question,
                            .pattern = "fs",
                            .question = "elicitation",
                            .written = "deny[0]"}}});
    world.child_sends(needs_page(world.forwarded, kOnePage));
    CHECK(at(world.client_gets(), "/result/isError") == "true");
  }
  SUBCASE("the server names no page") {
    Called world;
    world.child_sends(needs_page(world.forwarded, "[]"));
    CHECK(at(world.client_gets(), "/result/isError") == "true");
  }
  SUBCASE("the pages are malformed") {
    Called world;
    world.child_sends(needs_page(world.forwarded, "7"));
    CHECK(at(world.client_gets(), "/error/code") == "-32603");
  }
}

TEST_CASE(
    "a legacy client gets the error unchanged, and only that client hears that the page was "
    "visited") {
  World world({"fs"});
  FakeLink link, other;
  const auto session = world.connect(link, kUrls, "2025-11-25");
  world.connect(other, kUrls, "2025-11-25");
  world.bring_up(0, {"read"});
  REQUIRE(world.children.starts.size() == 1);
  world.client_sends(session, call_line("5", "fs__read"));
  world.child_sends(needs_page(world.child_gets(), kOnePage));
  const std::string answer = link.take();
  CHECK(at(answer, "/error/code") == "-32042");
  CHECK(at(answer, "/error/data/elicitations") == kOnePage);
  const auto complete = [](const std::string& id) {
    return notification("notifications/elicitation/complete", text_object("elicitationId", id));
  };
  world.child_sends(complete("e1"));
  CHECK(link.take() == complete("e1"));
  CHECK(other.take() == "");
  world.child_sends(complete("e2"));
  CHECK(link.take() == "");
}

TEST_CASE("the end of an elicitation is reported to the client that was asked") {
  OneServer world({.client = kUrls, .version = "2025-11-25"});
  world.client_sends(call_line("5", "fs__read"));
  world.child_gets();
  world.child_sends(request(
      "elicitation/create",
      R"({"mode":"url","elicitationId":"e9","url":"https://a.example","message":"m"})", "1"));
  CHECK(at(world.client_gets(), "/params/elicitationId") == "\"e9\"");
  const std::string complete =
      notification("notifications/elicitation/complete", R"({"elicitationId":"e9"})");
  world.child_sends(complete);
  CHECK(world.client_gets() == complete);
}
