// Edits change the values that they name and nothing else.
#include <random>

#include "../fuzz/edit_model.h"
#include "callgate/wire/edits.h"
#include "wire_test.h"

using namespace callgate;

namespace {

/// Returns `m`'s bytes without the named members of the root, and with `added` if it is given.
std::string dropped(const MessagePtr& m, std::initializer_list<const char*> keys,
                    const char* added = nullptr) {
  Edits edits;
  for (const char* key : keys) edits.drop(m->root().find(key));
  if (added != nullptr) edits.add(m->root(), added, "0");
  return edits.apply(m->root());
}

/// Makes random JSON values.
class Tree {
 public:
  explicit Tree(std::mt19937& random) : random_(random) {}

  std::string document() { return blanks() + value(0) + blanks(); }

 private:
  bool chance(uint32_t one_in) { return random_() % one_in == 0; }
  std::string blanks() {
    return chance(3) ? std::string(random_() % 3, ' ') + (chance(2) ? "\t" : "\r\n") : "";
  }

  std::string value(int depth) {
    if (depth < 4 && !chance(4))
      return chance(2) ? container(depth, true) : container(depth, false);
    const char* const scalars[] = {"1",        "-1.50e3",       "1e999",    "true",  "null",
                                   R"("a b")", R"("\ud800\"")", R"("{,}")", "\"é\"", "\"\""};
    return scalars[random_() % std::size(scalars)];
  }

  std::string container(int depth, bool object) {
    std::string out;
    const auto size = static_cast<uint32_t>(random_() % 5);
    for (uint32_t i = 0; i < size; ++i) {
      if (i > 0) out += "," + blanks();
      if (object) out += "\"k\\u002d" + std::to_string(i) + "\"" + blanks() + ":" + blanks();
      out += value(depth + 1) + blanks();
    }
    return (object ? "{" : "[") + blanks() + out + (object ? "}" : "]");
  }

  std::mt19937& random_;
};

}  // namespace

TEST_CASE("a message without edits is unchanged, and has room for a line end") {
  const auto m = walked(R"( {"a" : [1,  "x"]} )");
  const std::string out = Edits().apply(m->root());
  CHECK(out == R"({"a" : [1,  "x"]})");
  CHECK(out.capacity() > out.size());
  CHECK(Edits().apply(m->root().find("a")) == R"([1,  "x"])");
  CHECK(Edits().empty());
}

TEST_CASE("replacing a value keeps every other byte") {
  const auto m =
      walked(R"({"jsonrpc": "2.0", "id": 7 , "params":{"n":1.50e3,"big":18446744073709551616}})");
  Edits edits;
  edits.replace(m->root().at_pointer("/params/n"), "[]");
  edits.replace(m->root().find("id"), "\"g-1\"");
  CHECK(edits.apply(m->root()) ==
        R"({"jsonrpc": "2.0", "id": "g-1" , "params":{"n":[],"big":18446744073709551616}})");
  Edits whole;
  whole.replace(m->root(), "{}");
  CHECK(whole.apply(m->root()) == "{}");
}

TEST_CASE("dropping members leaves valid JSON, whatever their position") {
  const auto m = walked(R"({ "a":1 , "b" : [2] ,"c":3, "d":4 })");
  CHECK(dropped(m, {"a"}) == R"({ "b" : [2] ,"c":3, "d":4 })");
  CHECK(dropped(m, {"b"}) == R"({ "a":1 ,"c":3, "d":4 })");
  CHECK(dropped(m, {"d"}) == R"({ "a":1 , "b" : [2] ,"c":3 })");
  CHECK(dropped(m, {"b", "a"}) == R"({ "c":3, "d":4 })");
  CHECK(dropped(m, {"a", "c"}) == R"({ "b" : [2], "d":4 })");
  CHECK(dropped(m, {"c", "d"}) == R"({ "a":1 , "b" : [2] })");
  CHECK(dropped(m, {"a", "d"}) == R"({ "b" : [2] ,"c":3 })");
  CHECK(dropped(m, {"a", "b", "c", "d"}) == R"({  })");
  CHECK(dropped(m, {"a", "a"}) == R"({ "b" : [2] ,"c":3, "d":4 })");
  CHECK(dropped(m, {"a", "b", "c", "d"}, "e") == R"({ "e":0 })");
  CHECK(dropped(m, {"c", "d"}, "e") == R"({ "a":1 , "b" : [2],"e":0 })");
  CHECK(dropped(m, {"a"}, "a") == R"({ "b" : [2] ,"c":3, "d":4,"a":0 })");
}

TEST_CASE("members are added at the end, also to empty objects") {
  const auto m = walked(R"({"a":{ },"b":{"c":1 } })");
  Edits edits;
  edits.add(m->root(), "z\"", "1");
  edits.add(m->root().find("b"), "d", "null");
  edits.add(m->root().find("a"), "x", "[]");
  edits.add(m->root().find("a"), "y", "{}");
  CHECK(edits.apply(m->root()) == R"({"a":{"x":[],"y":{} },"b":{"c":1,"d":null },"z\"":1 })");
}

TEST_CASE("elements are appended, also to empty arrays, and nothing else changes") {
  const auto m = walked(R"({"a":[ ],"b":[{"c":[1] } , 2 ] ,"d":"[" })");
  Edits edits;
  edits.append(m->root().find("a"), "0");
  edits.append(m->root().find("b"), "{}");
  edits.append(m->root().at_pointer("/b/0/c"), "\"x\"");
  edits.add(m->root(), "e", "1");
  CHECK(edits.apply(m->root()) == R"({"a":[0 ],"b":[{"c":[1,"x"] } , 2,{} ] ,"d":"[","e":1 })");
}

TEST_CASE("elements of arrays can be dropped like members") {
  const auto m = walked("[1, 2, 3]");
  Edits edits;
  edits.drop(m->root().at_pointer("/0"));
  edits.drop(m->root().at_pointer("/2"));
  CHECK(edits.apply(m->root()) == "[2]");
}

TEST_CASE("replace, drop and add work together in nested objects") {
  const auto m = walked(
      R"({"id":1,"params":{"name":"fs__read","arguments":{"p":"/x"},"_meta":{"progressToken":"t","keep":1}}})");
  const Value params = m->root().find("params");
  Edits edits;
  edits.add(params.find("_meta"), "progressToken", "5");
  edits.replace(params.find("name"), "\"read\"");
  edits.drop(params.find("_meta").find("progressToken"));
  edits.replace(m->root().find("id"), "99");
  edits.add(m->root(), "x", "true");
  CHECK(
      edits.apply(m->root()) ==
      R"({"id":99,"params":{"name":"read","arguments":{"p":"/x"},"_meta":{"keep":1,"progressToken":5}},"x":true})");
}

TEST_CASE("random edits of random values have only the intended effect") {
  Walker walker;
  for (uint32_t seed = 1; seed <= 3000; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto before = walked(Tree(random).document());
    Edits edits;
    const auto chance = [&random](uint32_t one_in) { return random() % one_in == 0; };
    const std::string meant = EditModel(chance).choose(before->root(), edits);
    const std::string text = edits.apply(before->root());
    CHECK(text.capacity() > text.size());
    const auto after = walker.walk(text);
    REQUIRE(after);
    // Every token that stays keeps its bytes and its order.
    CHECK(tokens((*after)->root()) == tokens(walked(meant)->root()));
    CHECK((*after)->duplicates() == 0);
  }
}
