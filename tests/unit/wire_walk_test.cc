// Which texts the walk accepts and which it refuses, with the exact error.
#include <string>
#include <vector>

#include "wire_test.h"

using namespace callgate;

namespace {

std::string code_of(Walker& walker, std::string text) {
  const auto message = walker.walk(std::move(text));
  return message ? "" : message.error().code;
}

std::string nested(size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::string object_of(size_t members, const std::string& last_key) {
  std::string text = "{";
  for (size_t i = 0; i + 1 < members; ++i) text += "\"key" + std::to_string(i) + "\":0,";
  return text + "\"" + last_key + "\":0}";
}

// Each of these is illegal by itself, as an element and as a member's value.
const std::vector<std::string> kIllegalValues = {
    "tru",
    "truex",
    "True",
    "TRUE",
    "t",
    "fals",
    "falsee",
    "nul",
    "nulll",
    "None",
    "undefined",
    "NaN",
    "Infinity",
    "-Infinity",
    "01",
    "00",
    "-01",
    "1.",
    "+1",
    ".5",
    "-.5",
    "1e",
    "1e+",
    "1E-",
    "-",
    "--1",
    "1.e5",
    "1..2",
    "1.2.3",
    "0x10",
    "1_000",
    "1e5.5",
    "1a",
    "1\"a\"",
    "true\"a\"",
    "1[",
    "1{}",
    "true[]",
    "0-",
    "-a",
    "1-2",
    "\\u0031",
    R"("\q")",
    R"("\u12")",
    R"("\u12g4")",
    R"("\U0041")",
    R"("\x41")",
    R"("\0")",
    R"("\')",
    R"("a)",
    R"("\")",
    R"("\\\")",
    "'a'",
    "\"\t\"",
    "\"\n\"",
    "\"a\x1f\"",
    std::string("\"\0\"", 3),
    std::string("\0", 1),
    "\x0c",
    "\x1a",
    "\x7f",
    "\xc2\xa0",
    R"("a""b")",
    R"("a"b)",
    R"(a"b")",
    R"("a" 1)",
    "1 2",
    "[] []",
    "{}x",
    "{},",
    "[,]",
    "[1,]",
    "[,1]",
    "[1,,2]",
    "[1 2]",
    "[1:2]",
    "[",
    "]",
    "{",
    "}",
    "[}",
    "{]",
    "[1}",
    R"({"a":1])",
    R"({"a"})",
    R"({"a":})",
    R"({"a":1,})",
    R"({,"a":1})",
    R"({"a":1,,"b":2})",
    R"({"a" 1})",
    R"({"a":1 "b":2})",
    R"({"a"::1})",
    R"({"a":1:2})",
    R"({a:1})",
    R"({1:1})",
    R"({null:1})",
    R"({"a",1})",
    R"({[]:1})",
    R"({"\q":1})",
    "{\"\x01\":1}",
    "/**/1",
    "1//",
    ",",
    ":",
    R"({"a":1,"b"})",
};

const std::vector<std::string> kLegalValues = {
    "0",
    "-0",
    "0.0",
    "-0.0e-0",
    "1.50e3",
    "1E400",
    "1e999",
    "-1e-999",
    "18446744073709551616",
    "123456789012345678901234567890",
    "0.1234567890123456789012345678901234567890",
    "1e+05",
    "true",
    "false",
    "null",
    R"("")",
    R"("\ud800")",
    R"("\udc00\ud800")",
    R"("\ud83d\ude00")",
    R"("\u0000")",
    R"("\"\\\/\b\f\n\r\t")",
    "\"\x7f\"",
    "\"\xe2\x80\xa8\"",
    "\"\xf4\x8f\xbf\xbf\"",
    "\"//\"",
    "[]",
    "{}",
    " [ 1 , 2 ] ",
    "\t{\r\n\"a\" : {} }\n",
    R"({"":0})",
    R"({"a":{"a":{"a":1}}})",
    R"({"\ud800":1})",
    R"(["a\\",{"b\\\"":[]}])",
};

}  // namespace

TEST_CASE("a text that is not JSON never passes") {
  Walker walker;
  for (const std::string& text : kIllegalValues) {
    CAPTURE(text);
    CHECK(code_of(walker, text) == "wire.not_json");
    CHECK(code_of(walker, "[" + text + "]") == "wire.not_json");
    CHECK(code_of(walker, "{\"a\":" + text + "}") == "wire.not_json");
    CHECK(code_of(walker, "{\"skipped\":{\"deep\":[0," + text + ",0]},\"id\":1}") ==
          "wire.not_json");
    // The indexer works in blocks of 64 bytes, so the same is checked around the edges of blocks.
    for (size_t pad = 40; pad < 72; ++pad) {
      CHECK(code_of(walker, "[\"" + std::string(pad, 'x') + "\"," + text + "]") == "wire.not_json");
    }
  }
  for (const std::string text :
       {"", " ", "\r\n\t", "{\"id\":1}{\"id\":2}", "{\"id\":1} {\"id\":2}", "\xef\xbb\xbf{}"}) {
    CAPTURE(text);
    CHECK(code_of(walker, text) == "wire.not_json");
  }
}

TEST_CASE("unusual but legal JSON passes byte for byte") {
  Walker walker;
  for (const std::string& value : kLegalValues) {
    for (const std::string& text :
         {value, "[" + value + "]", "{\"a\":" + value + ",\"b\":[" + value + "]}",
          "[\"" + std::string(60, 'x') + "\"," + value + "]"}) {
      CAPTURE(text);
      const auto message = walker.walk(text);
      REQUIRE(message);
      CHECK((*message)->bytes() == text);
      CHECK((*message)->duplicates() == 0);
    }
    const auto message = walker.walk("[ " + value + " ]");
    REQUIRE(message);
    const std::string_view raw = (*(*message)->root().begin()).raw();
    CHECK(value.find(raw) != std::string::npos);
    CHECK(raw.find_first_not_of(" \t\r\n") == 0);
  }
}

TEST_CASE("bytes that are not UTF-8 are refused with their offset") {
  Walker walker;
  for (const std::string bad : {"\xff", "\xc0\x80", "\xe0\x80\x80", "\xed\xa0\x80",
                                "\xf4\x90\x80\x80", "\xc3", "\x80", "\xf0\x9f\x98"}) {
    CAPTURE(bad);
    CHECK(code_of(walker, "[\"ab" + bad + "\"]") == "wire.not_utf8");
    CHECK(walker.error_offset() == 4);
    CHECK(code_of(walker, "[\"\\" + bad + "\"]") != "");
    CHECK(code_of(walker, bad) == "wire.not_utf8");
  }
}

TEST_CASE("duplicate keys are counted per object, after escapes are decoded") {
  Walker walker;
  const auto count = [&walker](std::string text) {
    const auto message = walker.walk(std::move(text));
    REQUIRE(message);
    return std::pair{(*message)->duplicates(), (*message)->root_duplicates()};
  };
  using Pair = std::pair<uint32_t, uint32_t>;
  CHECK(count(R"({"a":1,"b":2,"A":3,"":4})") == Pair{0, 0});
  CHECK(count(R"({"a":1,"a":2})") == Pair{1, 1});
  CHECK(count(R"({"a":1,"a":2,"a":3})") == Pair{2, 2});
  CHECK(count(R"({"na\u006de":1,"name":2})") == Pair{1, 1});
  CHECK(count(R"({"/":1,"\/":2})") == Pair{1, 1});
  CHECK(count("{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}") == Pair{1, 1});
  CHECK(count(R"({"x":{"a":1,"b":{"a":1},"\u0061":2}})") == Pair{1, 0});
  CHECK(count(R"([{"a":1},{"a":1},{"b":1,"b":1}])") == Pair{1, 0});
  CHECK(count(R"({"":1,"":2})") == Pair{1, 1});
  for (const size_t members : {2, 15, 16, 17, 18, 1000}) {
    CAPTURE(members);
    CHECK(count(object_of(members, "last")) == Pair{0, 0});
    CHECK(count(object_of(members, "key0")) == Pair{1, 1});
    CHECK(count(object_of(members, "k\\u0065y0")) == Pair{1, 1});
  }
}

TEST_CASE("100,000 keys of one object do not take quadratic time") {
  Walker walker;
  const auto fine = walker.walk(object_of(100'000, "last"));
  REQUIRE(fine);
  CHECK((*fine)->duplicates() == 0);
  const auto twice = walker.walk(object_of(100'000, "key77"));
  REQUIRE(twice);
  CHECK((*twice)->root_duplicates() == 1);
}

TEST_CASE("nesting at its limit passes, and deeper nesting is refused") {
  Walker walker(WalkLimits{.bytes = 4096, .depth = 256, .nodes = 1000});
  CHECK(code_of(walker, nested(256)) == "");
  CHECK(code_of(walker, nested(257)) == "wire.too_deep");
  CHECK(walker.error_offset() == 256);
  Walker flat(WalkLimits{.bytes = 4096, .depth = 1, .nodes = 1000});
  CHECK(code_of(flat, R"({"a":1})") == "");
  CHECK(code_of(flat, R"({"a":[]})") == "wire.too_deep");
}

TEST_CASE("a message with as many values as the limit passes, and is refused with one more") {
  Walker walker(WalkLimits{.bytes = 4096, .depth = 256, .nodes = 4});
  CHECK(code_of(walker, R"({"a":[1,2]})") == "");
  CHECK(code_of(walker, R"({"a":[1,2,3]})") == "wire.too_many_nodes");
  CHECK(code_of(walker, "[[[[]]]]") == "");
  CHECK(code_of(walker, "[[[[[]]]]]") == "wire.too_many_nodes");
}

TEST_CASE("a line at its limit passes, and a longer one is refused") {
  Walker walker(WalkLimits{.bytes = 20, .depth = 256, .nodes = 100});
  CHECK(code_of(walker, "\"" + std::string(18, 'a') + "\"") == "");
  CHECK(code_of(walker, "\"" + std::string(19, 'a') + "\"") == "wire.too_long");
}

TEST_CASE("long lines pass, and short ones after them") {
  Walker walker(WalkLimits{.bytes = size_t{65} << 20});
  for (const size_t size : {size_t{64} * 1024 + 1, size_t{1} << 20, (size_t{1} << 20) + 1,
                            size_t{10} << 20, size_t{64} << 20}) {
    const std::string text = "{\"id\":1,\"text\":\"" + std::string(size, 'a') + "\"}";
    const auto message = walker.walk(text);
    REQUIRE(message);
    CHECK((*message)->bytes() == text);
    CHECK((*message)->root().find("text").text().size() == size);
    CHECK(code_of(walker, "{}") == "");
  }
}

TEST_CASE("the line's bytes are moved, not copied") {
  Walker walker;
  std::string line = "[\"" + std::string(100, 'a') + "\"]";
  const char* const data = line.data();
  const auto message = walker.walk(std::move(line));
  REQUIRE(message);
  CHECK(static_cast<const void*>((*message)->bytes().data()) == data);
}

TEST_CASE("a refused line can be taken back to salvage its id") {
  Walker walker;
  CHECK(code_of(walker, R"({"id":7,"x":tru})") == "wire.not_json");
  CHECK(walker.error_offset() == 12);
  CHECK(salvage_id(walker.take_refused()) == "7");
  CHECK(walker.take_refused().empty());
  CHECK(walker.walk("tru").error().message == "a word is neither true, false nor null at byte 0");
  CHECK(walker.walk(" \"abc").error().message == "a string is not closed at byte 1");
  CHECK(walker.walk("[\"ab\tc\"]").error().message ==
        "a string holds a control character at byte 4");
  CHECK(walker.walk("[1").error().message == "the text ends too early at byte 2");
  CHECK(walker.walk(" ").error().message == "there is nothing but white space at byte 1");
  CHECK(walker.walk("{} x").error().message == "there is text after the value at byte 3");
}

namespace {

std::string peers_text(std::string text) {
  Walker walker({.text = TextOf::Peer});
  const auto message = walker.walk(std::move(text));
  return message ? std::string((*message)->bytes()) : message.error().code;
}

}  // namespace

TEST_CASE(
    "outside of strings, a peer's line ends become spaces, and other such bytes are refused") {
  CHECK(peers_text("\r{\"a\":\r{\"b\":1}\r\n,\"c\":[1,\n2]\r}\r") ==
        " {\"a\": {\"b\":1}  ,\"c\":[1, 2] } ");
  CHECK(peers_text("{\"a\":\r}") == "wire.not_json");
  for (const std::string end :
       {"\v", "\f", "\x1c", "\x1d", "\x1e", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"})
    CHECK(peers_text("{\"a\":" + end + "1}") == "wire.not_json");
  for (const std::string end : {"\r", "\n", "\v", "\f", "\x1c", "\x1d", "\x1e"})
    CHECK(peers_text("{\"a\":\"" + end + "\"}") == "wire.not_json");
  Walker of_files;
  CHECK((*of_files.walk("{\n}\r"))->bytes() == "{\n}\r");
}

TEST_CASE(
    "in a peer's strings, the line ends of Unicode become escapes, and nothing else changes") {
  CHECK(peers_text("{\"a\xe2\x80\xa8\":\"x\xe2\x80\xa9y\xc2\x85\",\"b\":"
                   "\"\xe2\x80\xa7\xc2\x86\xd1\x85\"}") ==
        "{\"a\\u2028\":\"x\\u2029y\\u0085\",\"b\":\"\xe2\x80\xa7\xc2\x86\xd1\x85\"}");
  Walker walker({.text = TextOf::Peer});
  const std::string text = "[\"\\\\\xe2\x80\xa8\",\"\xe2\x80\"]";
  CHECK_FALSE(walker.walk(text));
  const auto message = walker.walk("{\"k\xc2\x85\":\"\\\\\xe2\x80\xa8\",\"k\":1}");
  REQUIRE(message);
  CHECK((*message)->root().find("k\xc2\x85").text() == "\\\xe2\x80\xa8");
  CHECK((*message)->duplicates() == 0);
  // The limit is for the bytes that the peer sent, so the escapes may exceed it.
  Walker small({.bytes = 7, .text = TextOf::Peer});
  CHECK(small.walk("[\"\xe2\x80\xa8\"]"));
  CHECK_FALSE(small.walk("[\"\xe2\x80\xa8 \"]"));
}

TEST_CASE("a peer's keys are duplicates if some reader takes them for the same key") {
  Walker walker({.text = TextOf::Peer});
  const auto count = [&walker](std::string text) {
    const auto message = walker.walk(std::move(text));
    REQUIRE(message);
    return (*message)->duplicates();
  };
  for (const auto* pair :
       {R"("name":1,"Name":2)", R"("a":1,"A":2)", R"("path":1,"path\u0000":2)",
        R"("path\u0000a":1,"PATH\u0000b":2)", R"("":1,"\u0000":2)", R"("params":1,"param\u017f":2)",
        "\"params\":1,\"param\xc5\xbf\":2", R"("token":1,"to\u212aen":2)",
        "\"k\":1,\"\xe2\x84\xaa\":2", "\"\xc3\xa9\":1,\"\xc3\x89\":2",
        "\"\xc8\xba\xc8\xba\":1,\"\xe2\xb1\xa5\xe2\xb1\xa5\":2",
        "\"id\":1,\"\xc4\xb0"
        "d\":2",
        R"("\u03c3":1,"\u03c2":2)", R"("progressToken":1,"progresstoken":2)",
        R"("tas\u006b":1,"TASK":2)"}) {
    CAPTURE(pair);
    CHECK(count("{" + std::string(pair) + "}") == 1);
    std::string many = "{" + std::string(pair);
    for (int i = 0; i < 30; ++i) many += ",\"other" + std::to_string(i) + "\":1";
    CHECK(count(many + "}") == 1);
    Walker of_files;
    CHECK((*of_files.walk("{" + std::string(pair) + "}"))->duplicates() == 0);
  }
  CHECK(
      count(
          R"({"a_":1,"a\u007f":2,"a@":3,"a`":4,"a[":5,"a{":6,"ab":7,"abc":8,"\u00e9":9,"e":10})") ==
      0);
  CHECK(count("{\"0\":1,\"\\u0010\":2,\"stra\xc3\x9f"
              "e\":3,\"strasse\":4}") == 0);
  const auto message = *walker.walk(R"({"x":1,"y":{"b":1,"Name":2,"c":[],"name":3,"B":4}})");
  const auto [first, second] = message->first_duplicate();
  CHECK(first.key() == "Name");
  CHECK(second.key() == "name");
  CHECK(message->root_duplicates() == 0);
}

TEST_CASE("keys with equal weak hashes after folding do not take quadratic time") {
  std::string text = "{";
  for (int i = 0; i < 1 << 16; ++i) {
    std::string key;
    for (int bit = 0; bit < 16; ++bit) key += (i >> bit & 1) != 0 ? '_' : '\x7f';
    text += (i == 0 ? "\"" : ",\"") + key + "\":1";
  }
  Walker walker({.text = TextOf::Peer});
  const auto message = walker.walk(text + "}");
  REQUIRE(message);
  CHECK((*message)->duplicates() == 0);
}
