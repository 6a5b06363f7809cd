// The framer splits a stream into lines, however its reads are cut.
#include <vector>

#include "callgate/wire/framer.h"
#include "wire_test.h"

using namespace callgate;

namespace {

/// Collects the lines in order. An overlong line is kept as "!" and its head.
struct Lines {
  explicit Lines(size_t limit)
      : framer(
            limit, [this](std::string&& line) { seen.push_back(std::move(line)); },
            [this](std::string_view head) { seen.push_back("!" + std::string(head)); }) {}

  Lines& push(std::string_view bytes, size_t step = SIZE_MAX) {
    while (!bytes.empty()) {
      framer.push(bytes.substr(0, step));
      bytes.remove_prefix(std::min(step, bytes.size()));
    }
    return *this;
  }

  std::vector<std::string> seen;
  Framer framer;
};

using Seen = std::vector<std::string>;

}  // namespace

TEST_CASE("lines are delivered without their ends, however the reads are cut") {
  const std::string stream = "{\"a\":1}\n{\"b\":2}\r\n\r\n \t \n[\r1]\n\nlast";
  for (const size_t step : {size_t{1}, size_t{2}, size_t{3}, size_t{7}, SIZE_MAX}) {
    CAPTURE(step);
    Lines lines(100);
    CHECK(lines.push(stream, step).seen == Seen{"{\"a\":1}", "{\"b\":2}", "[\r1]"});
    CHECK(lines.framer.rest() == "last");
    CHECK(lines.push("\n").seen.back() == "last");
    CHECK(lines.framer.rest().empty());
  }
}

TEST_CASE("a byte order mark is removed only at the stream's start") {
  for (const size_t step : {size_t{1}, size_t{2}, SIZE_MAX}) {
    CAPTURE(step);
    Lines lines(4);
    CHECK(lines
              .push("\xef\xbb\xbf{}\n\xef\xbb\xbf"
                    "1\n",
                    step)
              .seen == Seen{"{}",
                            "\xef\xbb\xbf"
                            "1"});
    CHECK(Lines(4).push("\xef\xbb\xbf\n{}\n", step).seen == Seen{"{}"});
    CHECK(Lines(4).push("\n\xef\xbb\xbf\n", step).seen == Seen{"\xef\xbb\xbf"});
    CHECK(Lines(4).push("\xef\xbb\n", step).seen == Seen{"\xef\xbb"});
  }
}

TEST_CASE("a line at the limit passes, and a longer one is reported once") {
  for (const std::string end : {"\n", "\r\n"}) {
    for (const size_t step : {size_t{1}, size_t{3}, SIZE_MAX}) {
      CAPTURE(step);
      CHECK(Lines(8).push("12345678" + end + "x\n", step).seen == Seen{"12345678", "x"});
      CHECK(Lines(8).push("123456789" + end + "x\n", step).seen == Seen{"!12345678", "x"});
      CHECK(Lines(8)
                .push("\xef\xbb\xbf"
                      "12345678" +
                          end + "x\n",
                      step)
                .seen == Seen{"12345678", "x"});
      CHECK(Lines(8)
                .push("\xef\xbb\xbf"
                      "123456789" +
                          end + "x\n",
                      step)
                .seen == Seen{"!12345678", "x"});
    }
  }
  CHECK(Lines(8).push("12345678\r9\nx\n", 1).seen == Seen{"!12345678", "x"});
  CHECK(Lines(8).push(std::string(100, 'a') + "\n" + std::string(100, 'b') + "\nx\n", 9).seen ==
        Seen{"!aaaaaaaa", "!bbbbbbbb", "x"});
}

TEST_CASE("an overlong line is reported before it ends, with its first 64 KiB") {
  Lines lines(size_t{1} << 20);
  lines.push(std::string((size_t{1} << 20) + 1, 'a'));
  REQUIRE(lines.seen.size() == 1);
  CHECK(lines.seen[0].size() == 1 + 65536);
  CHECK(lines.framer.rest().empty());
  CHECK(lines.push("more\nnext\n").seen.back() == "next");
}

TEST_CASE("a line of 16 MiB passes in small reads") {
  const size_t limit = size_t{16} << 20;
  Lines lines(limit);
  lines.push(std::string(limit, 'a') + "\n", 4096);
  REQUIRE(lines.seen.size() == 1);
  CHECK(lines.seen[0].size() == limit);
}

TEST_CASE("nothing is delivered after a stop") {
  std::vector<std::string> seen;
  Framer* self = nullptr;
  Framer framer(
      4, [&](std::string&& line) { seen.push_back(line), self->stop(); },
      [&](std::string_view) { seen.push_back("!"), self->stop(); });
  self = &framer;
  framer.push("1\n2\n");
  framer.push("3\n");
  CHECK(seen == Seen{"1"});
  Framer other(
      4, [&](std::string&& line) { seen.push_back(line); },
      [&](std::string_view) { seen.push_back("!"), self->stop(); });
  self = &other;
  other.push("12345\n1\n");
  CHECK(seen == Seen{"1", "!"});
}
