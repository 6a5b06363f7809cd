// How a text that is too large for the record is cut. A long value must not hide the values after
// it.
#include "callgate/wire/message.h"
#include "store/record/cutting.h"
#include "store_support.h"

using namespace callgate;

namespace {

std::string times(size_t count, const std::string& part) {
  std::string all;
  for (size_t i = 0; i < count; ++i) all += part;
  return all;
}

bool is_json(const std::string& text) {
  Walker walker;
  return walker.walk(text).ok();
}

}  // namespace

TEST_CASE("cutting a long text keeps short values, whatever makes the text long") {
  const std::string command = R"("cmd":"rm -rf /")";
  const std::string long_ones[] = {
      "{\"pad\":\"" + times(300'000, "A") + "\"," + command + "}",
      "{" + command + ",\"pad\":\"" + times(100'000, "\\n\\\\") + "\"}",
      "{\"pad\":[" + times(2'000, "\"" + times(300, "x") + "\",") + "1]," + command + "}",
      "{\"pad\":1" + times(300'000, "0") + "," + command + ",\"end\":\"" + times(99'999, "é") +
          "\"}",
      "{\"a\":1," + times(300'000, " ") + command + times(300'000, "\n") + "}",
      "{\"" + times(300'000, "k") + "\":\"" + times(90'000, "\\ud83d\\ude00") + "\"," + command +
          "}"};
  for (const std::string& text : long_ones) {
    INFO(text.substr(0, 40));
    const std::string cut = cut_json(text, 256 * 1024);
    CHECK(cut.size() <= 256 * 1024);
    CHECK(cut.find(command) != std::string::npos);
    CHECK(is_json(cut));
    CHECK(
        (cut.find("bytes left out") != std::string::npos || text.find("  ") != std::string::npos));
  }
}

TEST_CASE("a text of too many small values keeps its beginning and its end") {
  const std::string text = "[\"first\"," + times(100'000, "[1],") + "\"last\"]";
  const std::string cut = cut_json(text, 10'000);
  CHECK(cut.size() <= 10'000);
  CHECK(cut.starts_with("[\"first\""));
  CHECK(cut.ends_with("\"last\"]"));
}

TEST_CASE("a text at the limit is whole, and one byte more is cut") {
  const std::string at = "\"" + times(998, "a") + "\"", over = "\"" + times(999, "a") + "\"";
  CHECK(cut_json(at, 1000) == at);
  const std::string cut = cut_json(over, 1000);
  CHECK(cut != over);
  CHECK(cut.size() <= 1000);
  CHECK(cut_text(times(300, "a"), 300) == times(300, "a"));
  CHECK(cut_text(times(301, "a"), 300).size() <= 300);
  CHECK(cut_text(times(5000, "a") + "1" + times(5000, "a"), 300) !=
        cut_text(times(5000, "a") + "2" + times(5000, "a"), 300));
}
