// Server-sent events as bytes, and the log of events.
#include <string>
#include <vector>

#include "callgate/wire/sse.h"
#include "wire_test.h"

using namespace callgate;

namespace {

std::vector<std::string> replayed(const EventLog& log, uint64_t stream, uint64_t number) {
  std::vector<std::string> all;
  log.replay(stream, number, [&all](EventId id, const std::string& data) {
    all.push_back(id.text() + " " + data);
  });
  return all;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("an event is written with its id and its name") {
  CHECK(sse_event("1-2", "message", "{}") == "id: 1-2\nevent: message\ndata: {}\n\n");
  CHECK(sse_event("", "", "") == "data: \n\n");
  CHECK(sse_first_event("1-0", 1000) == "id: 1-0\nretry: 1000\ndata: \n\n");
}

TEST_CASE("data with line ends is written as several lines of data") {
  CHECK(sse_event("", "", "{\r\"a\":1\n}") == "data: {\ndata: \"a\":1\ndata: }\n\n");
}

TEST_CASE("only valid event ids are parsed") {
  const auto id = parse_event_id("7-42");
  REQUIRE(id);
  CHECK(id->stream == 7);
  CHECK(id->number == 42);
  for (const char* bad : {"", "7", "7-", "-7", "7-4x", "x-4", "7_4", " 7-4", "+7-4",
                          "99999999999999999999-1", "1-99999999999999999999"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_event_id(bad));
  }
}

TEST_CASE("a replay returns the events after the given one, without those of other streams") {
  EventLog log;
  log.add(1, "a", {});
  const EventId second = log.add(2, "b", {});
  log.add(1, "c", {});
  log.add(2, "d", {});
  CHECK(replayed(log, 2, second.number) == Texts{"2-4 d"});
  CHECK(replayed(log, 1, 0) == Texts{"1-1 a", "1-3 c"});
  CHECK(replayed(log, 3, 0).empty());
}

TEST_CASE("the log keeps its limits, but always keeps the latest event") {
  EventLog log;
  for (int i = 0; i < 3; ++i) log.add(1, std::string(10, 'x'), {.events = 3, .bytes = 30});
  CHECK(log.events() == 3);
  log.add(1, "y", {.events = 4, .bytes = 31});
  CHECK(log.events() == 4);
  log.add(1, "z", {.events = 4, .bytes = 100});
  CHECK(log.events() == 4);
  CHECK(log.bytes() == 22);
  log.add(1, std::string(50, 'w'), {.events = 4, .bytes = 49});
  CHECK(log.events() == 1);
  CHECK(log.bytes() == 50);
}

TEST_CASE("trimming removes the oldest events, and the latest only if it is too large") {
  EventLog log;
  for (int i = 0; i < 3; ++i) log.add(1, std::string(10, 'x'), {});
  log.trim({.events = 3, .bytes = 30});
  CHECK(log.events() == 3);
  log.trim({.events = 3, .bytes = 29});
  CHECK(log.events() == 2);
  log.trim({.events = 1, .bytes = 10});
  CHECK(log.events() == 1);
  log.trim({.events = 1, .bytes = 9});
  CHECK(log.events() == 0);
  CHECK(log.bytes() == 0);
  CHECK(log.add(1, "y", {}).number == 4);
}
