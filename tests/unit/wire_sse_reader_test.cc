// Event streams as a client reads them.
#include <string>
#include <vector>

#include "callgate/wire/sse.h"
#include "callgate/wire/sse_reader.h"
#include "wire_test.h"

using namespace callgate;

namespace {

constexpr size_t kPlenty = 1000;

std::string shown(const SseEvent& event) {
  return (event.too_long ? "!" : "") + event.type + ":" + event.data;
}

using Events = std::vector<std::string>;

Events events_of(SseReader& reader, std::string_view bytes) {
  Events all;
  for (const SseEvent& event : reader.read(bytes)) all.push_back(shown(event));
  return all;
}

Events events_of(std::string_view bytes, size_t limit = kPlenty) {
  SseReader reader(limit);
  return events_of(reader, bytes);
}

}  // namespace

TEST_CASE("an event ends with an empty line, and its lines may end in three ways") {
  const Events expected = {"message:a", "endpoint:b"};
  CHECK(events_of("data: a\n\nevent: endpoint\ndata: b\n\n") == expected);
  CHECK(events_of("data: a\r\n\r\nevent: endpoint\r\ndata: b\r\n\r\n") == expected);
  CHECK(events_of("data: a\r\revent: endpoint\rdata: b\r\r") == expected);
  CHECK(events_of("data: a\n\r\nevent: endpoint\rdata: b\n\n") == expected);
}

TEST_CASE("a stream may be cut anywhere") {
  const std::string stream =
      "\xEF\xBB\xBF: hello\r\nid: 7\r\nretry: 20\r\n\r\nevent: x\r\ndata: 1\r\ndata:2\r\n\r\n";
  for (size_t cut = 0; cut <= stream.size(); ++cut) {
    CAPTURE(cut);
    SseReader reader(kPlenty);
    Events all = events_of(reader, stream.substr(0, cut));
    for (const std::string& event : events_of(reader, stream.substr(cut))) all.push_back(event);
    CHECK(all == Events{"x:1\n2"});
    CHECK(reader.last_id() == "7");
    CHECK(reader.retry() == 20);
  }
}

TEST_CASE("a byte order mark is removed from the first line only") {
  CHECK(events_of("\xEF\xBB\xBF"
                  "data: a\n\n") == Events{"message:a"});
  CHECK(events_of("\n\xEF\xBB\xBF"
                  "data: a\n\n") == Events{});
}

TEST_CASE("comments, unknown fields and lines without a colon do not disturb an event") {
  CHECK(events_of(": keep-alive\ndata: a\nunknown: x\n:\nwhat\ndata\ndata:  b\n\n") ==
        Events{"message:a\n\n b"});
  CHECK(events_of(std::string(kSseComment)) == Events{});
}

TEST_CASE("an event without data is not returned, but its id and its retry count") {
  SseReader reader(kPlenty);
  CHECK(events_of(reader, sse_first_event("1-0", 500)) == Events{});
  CHECK(reader.last_id() == "1-0");
  CHECK(reader.retry() == 500);
  CHECK(events_of(reader, "event: x\n\ndata: a\n\n") == Events{"message:a"});
  CHECK(reader.last_id() == "1-0");
}

TEST_CASE("the id of an incomplete event does not count") {
  SseReader reader(kPlenty);
  reader.read("id: 1\ndata: a\n\nid: 2\ndata: b\n");
  CHECK(reader.last_id() == "1");
  reader.read("\n");
  CHECK(reader.last_id() == "2");
  reader.read("id\n\n");
  CHECK(reader.last_id().empty());
}

TEST_CASE("an id with NUL is ignored, and one that is too long ends the resumption") {
  SseReader reader(kPlenty);
  using namespace std::string_literals;
  reader.read("id: 1\n\n" + "id: 2\0\n\n"s);
  CHECK(reader.last_id() == "1");
  const std::string longest(SseReader::kLongestId, 'i');
  reader.read("id: " + longest + "\n\n");
  CHECK(reader.last_id() == longest);
  reader.read("id: " + longest + "i\n\n");
  CHECK(reader.last_id().empty());
}

TEST_CASE("retry counts only if it consists of digits") {
  SseReader reader(kPlenty);
  reader.read("retry: 10\nretry: 1e3\nretry: -5\nretry:\nretry: 99999999999999999999\nretry: 7 \n");
  CHECK(reader.retry() == 10);
}

TEST_CASE("an event whose data is longer than the limit is returned cut, and the next one whole") {
  const std::string most(100, 'a');
  CHECK(events_of("data: " + most + "\nevent: x\n\ndata: b\n\n", 100) ==
        Events{"x:" + most, "message:b"});
  CHECK(events_of("data: " + most + "c\nevent: x\n\ndata: b\n\n", 100) ==
        Events{"!message:" + most, "message:b"});
  CHECK(events_of("event: x\ndata: a\ndata: " + most + "\ndata: c\r\n\r\ndata: b\n\n", 100) ==
        Events{"!x:a\n" + most.substr(2), "message:b"});
}

TEST_CASE("a line without an end is not kept beyond the limit") {
  SseReader reader(100);
  size_t events = 0;
  const std::string piece(1000, 'a');
  reader.read("data:");
  for (int i = 0; i < 100; ++i) events += reader.read(piece).size();
  CHECK(events == 1);
  CHECK(events_of(reader, "\n\ndata: b\n\n") == Events{"message:b"});
  // A comment may have any length.
  CHECK(events_of(":" + std::string(5000, 'c') + "\ndata: d\n\n", 100) == Events{"message:d"});
}

TEST_CASE("only the first 64 KiB of an event that is too long are kept") {
  SseReader reader(200'000);
  const auto events = reader.read("data: " + std::string(200'001, 'a') + "\n\n");
  REQUIRE(events.size() == 1);
  CHECK(events[0].too_long);
  CHECK(events[0].data.size() == 65'536);
}
