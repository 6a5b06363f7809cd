// Queries on the nodes of a message.
#include "wire_test.h"

using namespace callgate;

TEST_CASE("nodes are in document order and have exact tokens") {
  const auto m = walked(R"( {"a" : [1, "x\n"], "b\u0031":{} } )");
  const Value root = m->root();
  CHECK(root.raw() == R"({"a" : [1, "x\n"], "b\u0031":{} })");
  REQUIRE(m->nodes().size() == 5);
  CHECK(root.node().next == 5);
  const Value a = root.find("a");
  CHECK(a.index() == 1);
  CHECK(a.is_array());
  CHECK(a.raw() == R"([1, "x\n"])");
  CHECK(a.raw_key() == "a");
  CHECK(a.node().next == 4);
  const Value b = root.find("b1");
  CHECK(b.raw() == "{}");
  CHECK(b.raw_key() == "b\\u0031");
  CHECK(b.key() == "b1");
  CHECK(b.key_is("b1"));
  CHECK_FALSE(b.key_is("b\\u0031"));
  CHECK(b.node().key_escaped);
  CHECK(m->nodes()[3].escaped);
  CHECK(Value(*m, 2).raw_key().empty());
  CHECK_FALSE(Value(*m, 2).key_is(""));
}

TEST_CASE("find() returns the first of repeated members") {
  const auto m = walked(R"({"a":1,"\u0061":2})");
  CHECK(m->root().find("a").raw() == "1");
}

TEST_CASE("children are visited in order, and scalars have no children") {
  const auto m = walked(R"([1,[2,[3]],{"a":{"b":4}},5])");
  std::string seen;
  for (Value child : m->root()) seen += std::string(child.raw()) + ";";
  CHECK(seen == R"(1;[2,[3]];{"a":{"b":4}};5;)");
  for (Value child : *m->root().begin()) FAIL(child.raw());
  for (Value child : Value()) FAIL(child.raw());
  const auto empty = walked("[]");
  for (Value child : empty->root()) FAIL(child.raw());
}

TEST_CASE("text() decodes escapes, and lone surrogates become U+FFFD") {
  const auto text = [](std::string token) { return walked(std::move(token))->root().text(); };
  CHECK(text(R"("plain")") == "plain");
  CHECK(text(R"("\"\\\/\b\f\n\r\t")") == "\"\\/\b\f\n\r\t");
  CHECK(text(R"("\u0041\u00e9\u20aC")") == "A\xc3\xa9\xe2\x82\xac");
  CHECK(text(R"("\ud83d\ude00")") == "\xf0\x9f\x98\x80");
  CHECK(text(R"("\udbff\udfff")") == "\xf4\x8f\xbf\xbf");
  CHECK(text(R"("a\ud83d")") == "a\xef\xbf\xbd");
  CHECK(text(R"("\ude00b")") ==
        "\xef\xbf\xbd"
        "b");
  CHECK(text(R"("\ud83d\ud83d\ude00")") == "\xef\xbf\xbd\xf0\x9f\x98\x80");
  CHECK(text(R"("\ud83d\n")") == "\xef\xbf\xbd\n");
  CHECK(text(R"("\u0000")") == std::string(1, '\0'));
  CHECK(text("1") == "");
  const auto m = walked(R"(["a\u0062","ab"])");
  for (Value v : m->root()) {
    CHECK(v.text_is("ab"));
    CHECK_FALSE(v.text_is("a"));
    CHECK_FALSE(v.text_is("a\\u0062"));
  }
}

TEST_CASE("whole numbers are read exactly or not at all") {
  const auto integer = [](std::string token) { return walked(std::move(token))->root().integer(); };
  CHECK(integer("7") == 7);
  CHECK(integer("-0") == 0);
  CHECK(integer("9223372036854775807") == INT64_MAX);
  CHECK(integer("-9223372036854775808") == INT64_MIN);
  CHECK_FALSE(integer("9223372036854775808"));
  CHECK_FALSE(integer("-9223372036854775809"));
  CHECK(integer("7.0") == 7);
  CHECK(integer("70e-1") == 7);
  CHECK(integer("-1.5e1") == -15);
  CHECK(integer("9007199254740993.0") == 9007199254740993);
  CHECK(integer("922337203685477580.7e1") == INT64_MAX);
  CHECK(integer("0e999999999999999999999") == 0);
  CHECK(integer("0.000") == 0);
  CHECK_FALSE(integer("7.5"));
  CHECK_FALSE(integer("1e-1"));
  CHECK_FALSE(integer("1e19"));
  CHECK_FALSE(integer("1e999"));
  CHECK_FALSE(integer("1e-99999999999999999999"));
  CHECK_FALSE(integer("\"7\""));
  CHECK_FALSE(integer("true"));
}

TEST_CASE("number() returns nothing for a number outside of a double's range") {
  const auto number = [](std::string token) { return walked(std::move(token))->root().number(); };
  CHECK(number("1.5") == 1.5);
  CHECK(number("-1e3") == -1000.0);
  CHECK(number("1e-999") == 0.0);
  CHECK_FALSE(number("1e999"));
  CHECK_FALSE(number("\"1\""));
}

TEST_CASE("booleans and null are distinguished") {
  const auto m = walked("[true,false,null]");
  CHECK(m->root().at_pointer("/0").boolean() == true);
  CHECK(m->root().at_pointer("/1").boolean() == false);
  CHECK_FALSE(m->root().at_pointer("/2").boolean());
  CHECK(m->root().at_pointer("/2").is(NodeKind::Null));
}

TEST_CASE("a pointer is followed as RFC 6901 says") {
  const auto m =
      walked(R"({"foo":["bar","baz"],"":0,"a/b":1,"m~n":8,"k\"l":6,"é":9,"01":{"":[[]]}})");
  const Value root = m->root();
  CHECK(root.at_pointer("").index() == 0);
  CHECK(root.at_pointer("/foo/0").text() == "bar");
  CHECK(root.at_pointer("/foo/1").text() == "baz");
  CHECK(root.at_pointer("/").raw() == "0");
  CHECK(root.at_pointer("/a~1b").raw() == "1");
  CHECK(root.at_pointer("/m~0n").raw() == "8");
  CHECK(root.at_pointer("/k\"l").raw() == "6");
  CHECK(root.at_pointer("/é").raw() == "9");
  CHECK(root.at_pointer("/01//0").raw() == "[]");
  for (const auto* wrong : {"foo", "/foo/2", "/foo/-", "/foo/00", "/foo/01", "/foo/+1", "/foo/",
                            "/foo/bar", "/a~", "/a~2b", "/foo/0/x", "/x/y"}) {
    CAPTURE(wrong);
    CHECK_FALSE(root.at_pointer(wrong));
  }
}

TEST_CASE("every query on an absent value returns false or nothing") {
  const Value absent;
  CHECK_FALSE(absent);
  CHECK_FALSE(absent.is_object());
  CHECK(absent.raw().empty());
  CHECK(absent.text().empty());
  CHECK(absent.key().empty());
  CHECK_FALSE(absent.text_is(""));
  CHECK_FALSE(absent.key_is(""));
  CHECK_FALSE(absent.integer());
  CHECK_FALSE(absent.number());
  CHECK_FALSE(absent.find("a"));
  CHECK_FALSE(absent.at_pointer(""));
}
