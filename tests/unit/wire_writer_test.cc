// The writer of JSON, and the conversion of JSON with comments to plain JSON.
#include <limits>

#include "callgate/wire/canonical_json.h"
#include "callgate/wire/jsonc.h"
#include "callgate/wire/writer.h"
#include "wire_test.h"

using namespace callgate;

TEST_CASE("the writer puts commas and colons in the right places") {
  JsonWriter w;
  w.begin_object()
      .key("a")
      .integer(-1)
      .key("b")
      .begin_array()
      .string("x")
      .null()
      .boolean(true)
      .begin_object()
      .end_object();
  w.begin_array()
      .end_array()
      .raw("[1, 2]")
      .number(1.5)
      .end_array()
      .key("c")
      .begin_object()
      .key("d")
      .boolean(false)
      .end_object();
  w.end_object();
  CHECK(w.take() == R"({"a":-1,"b":["x",null,true,{},[],[1, 2],1.5],"c":{"d":false}})");
  CHECK(w.string("again").take() == "\"again\"");
}

TEST_CASE("numbers are written so that reading them returns the same value") {
  const auto number = [](double value) { return JsonWriter().number(value).take(); };
  CHECK(number(0.1) == "0.1");
  CHECK(number(std::numeric_limits<double>::infinity()) == "null");
  CHECK(number(std::numeric_limits<double>::quiet_NaN()) == "null");
  for (const double value : {0.0, -0.0, 1.0, 1e300, 5e-324, 1.0 / 3, 123456789.125, -1e-7}) {
    CHECK(walked(number(value))->root().number() == value);
  }
  CHECK(JsonWriter().integer(INT64_MIN).take() == "-9223372036854775808");
}

TEST_CASE("a string is escaped only as far as JSON and readers of text lines require") {
  CHECK(quote("") == "\"\"");
  CHECK(quote("a\"b\\c/d") == R"("a\"b\\c/d")");
  CHECK(quote("\n\r\t\b\f\x01\x1f\x7f") == "\"\\n\\r\\t\\u0008\\u000c\\u0001\\u001f\x7f\"");
  CHECK(quote(std::string_view("\0", 1)) == "\"\\u0000\"");
  CHECK(quote("é \xe2\x80\xa8 \xf0\x9f\x98\x80") == "\"é \\u2028 \xf0\x9f\x98\x80\"");
}

TEST_CASE("bytes that are not UTF-8 become U+FFFD") {
  const std::string mark = "\xef\xbf\xbd";
  CHECK(quote("a\xff"
              "b") == "\"a" + mark + "b\"");
  CHECK(quote("\xc0\x80") == "\"" + mark + mark + "\"");
  CHECK(quote("\xed\xa0\x80") == "\"" + mark + mark + mark + "\"");
  CHECK(quote("\xf0\x9f\x98") == "\"" + mark + "\"");
  CHECK(quote("\xe2\x82"
              "a") == "\"" + mark + "a\"");
  CHECK(quote("\xf4\x90\x80\x80") == "\"" + mark + mark + mark + mark + "\"");
}

TEST_CASE("every character of a text is the same after writing and reading") {
  std::string all;
  for (int c = 0; c < 128; ++c) all += static_cast<char>(c);
  all += "é€\xf0\x9f\x98\x80";
  CHECK(walked(quote(all))->root().text() == all);
}

TEST_CASE("comments and trailing commas become spaces") {
  const auto plain = [](std::string text) {
    const size_t size = text.size();
    REQUIRE(blank_comments(text));
    CHECK(text.size() == size);
    return text;
  };
  CHECK(plain("\xef\xbb\xbf{}") == "   {}");
  CHECK(plain("{\"a\":1,// x\n}") == "{\"a\":1     \n}");
  CHECK(plain("[1,/* a\r\nb */]") == "[1     \r\n    ]");
  CHECK(plain("[1 , /**/ /*/*/ // y\r\n ]//") == "[1                  \r\n ]  ");
  CHECK(plain(R"({"a//b":"/*c*/,}\",]"})") == R"({"a//b":"/*c*/,}\",]"})");
  CHECK(plain(R"([[1,],{"a":[],},])") == R"([[1 ],{"a":[] } ])");
  CHECK(plain("//") == "  ");
  CHECK(plain("1 / 2") == "1 / 2");
  CHECK(plain("/") == "/");
}

TEST_CASE("invalid JSON stays invalid when comments are blanked, so that the walk refuses it") {
  Walker walker;
  for (const std::string wrong : {"{,}", "[,]", "[1,,]", "{\"a\":,}", ",", "[1],", "{\"a\":1,,}",
                                  "[/**/,]", "\"/*", "[\"a\\\"//,]", "[1,}"}) {
    CAPTURE(wrong);
    std::string text = wrong;
    REQUIRE(blank_comments(text));
    CHECK_FALSE(walker.walk(text));
  }
}

TEST_CASE("the error for an unclosed comment names its line") {
  std::string text = "{\n// fine\n \"a\": /* 1\n}";
  const auto status = blank_comments(text);
  REQUIRE_FALSE(status);
  CHECK(status.error().code == "wire.unclosed_comment");
  CHECK(status.error().message == "the comment that starts in line 3 is not closed");
  std::string slash_star = "/*/";
  CHECK_FALSE(blank_comments(slash_star));
}

TEST_CASE("texts that mean the same have one canonical text") {
  const auto canonical = [](const std::string& text) {
    return canonical_json(walked(text)->root());
  };
  CHECK(canonical(R"({ "b" : [ 1.0, 1e2, -0, 0.10 ], "a" : "\u00e9\/" })") ==
        R"({"a":"é/","b":[1,100,0,0.1]})");
  CHECK(canonical(R"({"\u0061":{}})") == R"({"a":{}})");
  CHECK(canonical_json({}) == "");
  // Different texts stay different: integers that a double can't hold, and lone surrogates.
  CHECK(canonical("9007199254740993") != canonical("9007199254740992"));
  CHECK(canonical("123456789012345678901") != canonical("123456789012345678902"));
  CHECK(canonical(R"("\ud800")") != canonical(R"("\ud801")"));
  CHECK(canonical("1e400") == "1e400");
}
