// Constraints on arguments: whether they hold, fail or cannot be decided. An undecided constraint
// matches in a deny rule and not in an allow rule.
#include "policy_test.h"

using namespace callgate;

namespace {

/// Returns the decisions by a deny rule, and by an allow rule with the default deny, that have this
/// constraint on `a`: "deny allow", "allow deny" …
std::string both(const std::string& constraint, const std::string& args) {
  const std::string rule = R"([{"tool": "fs__*", "args": {"a": )" + constraint + "}}]";
  PolicyWorld denies(R"({"deny": )" + rule + "}"),
      allows(R"({"default": "deny", "allow": )" + rule + "}");
  return denies.permission("fs", "read", args) + " " + allows.permission("fs", "read", args);
}

const std::string kHolds = "deny allow", kFails = "allow deny", kUnknown = "deny deny";

}  // namespace

TEST_CASE("an absent argument matches only a constraint that requires absence") {
  CHECK(both(R"({"glob": "*"})", "{}") == kFails);
  CHECK(both(R"({"absent": true})", "{}") == kHolds);
  CHECK(both(R"({"absent": true})", R"({"a": 1})") == kFails);
  // Many servers treat null as absent.
  CHECK(both(R"({"absent": true})", R"({"a": null})") == kUnknown);
  CHECK(both(R"({"in": [1]})", "[]") == kUnknown);
}

TEST_CASE("a value of another type cannot be decided") {
  CHECK(both(R"({"glob": "*"})", R"({"a": 1})") == kUnknown);
  CHECK(both(R"({"regex": ".*"})", R"({"a": ["x"]})") == kUnknown);
  CHECK(both(R"({"min": 1})", R"({"a": "5"})") == kUnknown);
  CHECK(both(R"({"inside": ["/x"]})", R"({"a": {}})") == kUnknown);
  CHECK(both(R"({"in": ["x"]})", R"({"a": 1})") == kUnknown);
}

TEST_CASE("globs and regexes match the characters, not the escapes") {
  CHECK(both(R"({"glob": "rm *"})", R"({"a": "rm -rf"})") == kHolds);
  CHECK(both(R"({"glob": "rm *"})", R"({"a": "\u0072m -rf"})") == kHolds);
  CHECK(both(R"({"glob": "rm *"})", R"({"\u0061": "rm -rf"})") == kHolds);
  CHECK(both(R"({"glob": "rm *"})", R"({"a": "ls"})") == kFails);
  CHECK(both(R"({"regex": "[a-z]+"})", R"({"a": "abc"})") == kHolds);
  CHECK(both(R"({"regex": "[a-z]+"})", R"({"a": "abc1"})") == kFails);
}

TEST_CASE("a dot matches line breaks in a deny rule, and not in an allow rule") {
  CHECK(both(R"({"regex": "rm .*"})", R"({"a": "rm \nx"})") == kUnknown);
}

TEST_CASE("a text longer than 1 MiB cannot be decided") {
  const std::string most(size_t{1} << 20, 'x');
  CHECK(both(R"({"regex": "x*"})", "{\"a\": \"" + most + "\"}") == kHolds);
  CHECK(both(R"({"regex": "x*"})", "{\"a\": \"" + most + "x\"}") == kUnknown);
  CHECK(both(R"({"glob": "y*"})", "{\"a\": \"" + most + "\"}") == kFails);
  CHECK(both(R"({"glob": "y*"})", "{\"a\": \"" + most + "x\"}") == kUnknown);
}

TEST_CASE("the constraint 'in' compares values, not texts") {
  CHECK(both(R"({"in": ["x", 1]})", R"({"a": "\u0078"})") == kHolds);
  CHECK(both(R"({"in": ["x", 1]})", R"({"a": 1.0})") == kHolds);
  CHECK(both(R"({"in": ["x", 1]})", R"({"a": 10e-1})") == kHolds);
  CHECK(both(R"({"in": ["x", 1]})", R"({"a": 2})") == kFails);
  CHECK(both(R"({"in": [true]})", R"({"a": true})") == kHolds);
  CHECK(both(R"({"in": [true]})", R"({"a": false})") == kFails);
  CHECK(both(R"({"in": [null]})", R"({"a": null})") == kHolds);
  CHECK(both(R"({"in": [9007199254740993]})", R"({"a": 9007199254740992})") == kFails);
  CHECK(both(R"({"in": [9007199254740993]})", R"({"a": 9007199254740993})") == kHolds);
  CHECK(both(R"({"in": [0.1]})", R"({"a": 0.1000000000000000055511151231257827})") == kUnknown);
  CHECK(both(R"({"in": [5]})", R"({"a": 1e400})") == kUnknown);
}

TEST_CASE(
    "bounds are inclusive, and a number that a double cannot hold exactly cannot be decided") {
  CHECK(both(R"({"min": 5})", R"({"a": 5})") == kHolds);
  CHECK(both(R"({"min": 5})", R"({"a": 4.999})") == kFails);
  CHECK(both(R"({"max": 5})", R"({"a": 5})") == kHolds);
  CHECK(both(R"({"max": 5})", R"({"a": 5.001})") == kFails);
  CHECK(both(R"({"max": 5})", R"({"a": -1e3})") == kHolds);
  CHECK(both(R"({"max": 5})", R"({"a": 1e400})") == kUnknown);
  CHECK(both(R"({"max": 5})", R"({"a": 5.00000000000000000001})") == kUnknown);
  CHECK(both(R"({"max": 9007199254740993})", R"({"a": 9007199254740993})") == kUnknown);
  CHECK(both(R"({"max": 9007199254740992})", R"({"a": 9007199254740999})") == kFails);
}

TEST_CASE("a key that begins with a slash is a JSON pointer") {
  PolicyWorld world(
      R"({"deny": [{"tool": "fs__*", "args": {"/o/list/1/k~1x": {"glob": "bad"}}}]})");
  CHECK(world.permission("fs", "t", R"({"o": {"list": [0, {"k/x": "bad"}]}})") == "deny");
  CHECK(world.permission("fs", "t", R"({"o": {"list": [{"k/x": "bad"}]}})") == "allow");
}

TEST_CASE("a rule matches only if the constraints on all its arguments hold") {
  PolicyWorld world(
      R"({"deny": [{"tool": "fs__*", "args": {"a": {"glob": "x"}, "b": {"glob": "y"}}}]})");
  CHECK(world.permission("fs", "t", R"({"a": "x", "b": "y"})") == "deny");
  CHECK(world.permission("fs", "t", R"({"a": "x", "b": "z"})") == "allow");
  CHECK(world.permission("fs", "t", R"({"a": "x"})") == "allow");
}

TEST_CASE(
    "keys that some servers take for an argument's name match deny rules and not allow rules") {
  const std::string outside = R"({"outside": ["/work"]})", inside = R"({"inside": ["/work"]})";
  for (const std::string key : {"A", "a\\u0000", "A\\u0000x", "\\u0041"}) {
    CAPTURE(key);
    CHECK(both(outside, "{\"" + key + "\":\"/etc/passwd\"}") == kUnknown);
    CHECK(both(outside, "{\"" + key + "\":\"/work/x\"}") == kFails);
    CHECK(both(inside, "{\"" + key + "\":\"/work/x\"}") == kUnknown);
    CHECK(both(R"({"absent": true})", "{\"" + key + "\":1}") == kUnknown);
  }
  PolicyWorld denies(R"({"deny": [{"tool": "fs__*", "args": {"/to/path": {"glob": "/etc*"}}}]})");
  CHECK(denies.permission("fs", "read", R"({"TO":[],"x":1})") == "allow");
  CHECK(denies.permission("fs", "read", R"({"TO":{"Path":"/etc/x"}})") == "deny");
  CHECK(denies.permission("fs", "read", R"({"to":{"pat\u0048":"/etc/x"}})") == "deny");
  CHECK(denies.permission("fs", "read", R"({"to":{"PATH":"/home"}})") == "allow");
  PolicyWorld allows(
      R"({"default": "deny", "allow": [{"tool": "fs__*", "args": {"/to/path": {"glob": "/work*"}}}]})");
  CHECK(allows.permission("fs", "read", R"({"to":{"path":"/work/x"}})") == "allow");
  CHECK(allows.permission("fs", "read", R"({"to":{"Path":"/work/x"}})") == "deny");
  CHECK(allows.permission("fs", "read", R"({"TO":{"path":"/work/x"}})") == "deny");
}
