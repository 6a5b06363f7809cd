// When two calls are the same call, calls of one kind, or calls about the same subject; and whether
// a call reads or writes.
#include "callgate/guard/effect.h"
#include "guard/rules/keys.h"
#include "guard_test.h"

using namespace callgate;

namespace {

CallKeys keys(const std::string& args, const std::string& tool = "read_file") {
  const MessagePtr message = walked(args);
  GuardCall call;
  call.server = "fs";
  call.tool = tool;
  call.args = message->root();
  return keys_of(call);
}
bool same_call(const std::string& a, const std::string& b) { return keys(a).call == keys(b).call; }
bool one_kind(const std::string& a, const std::string& b) {
  return keys(a).kind != 0 && keys(a).kind == keys(b).kind;
}
Effect effect(const std::string& tool, const std::string& args = "{}") {
  return effect_of(tool, walked(args)->root(), std::nullopt);
}

}  // namespace

TEST_CASE("the order, white space and escapes of arguments do not matter") {
  CHECK(same_call(R"({"a": 1, "b": {"c": [1, 2], "d": "x"}})",
                  R"({"b":{"d":"\u0078","c":[1,2]},"a":1})"));
  CHECK_FALSE(same_call(R"({"a": [1, 2]})", R"({"a": [2, 1]})"));
  CHECK_FALSE(same_call(R"({"a": "1"})", R"({"a": 1})"));
  CHECK_FALSE(same_call(R"({"a": 1, "b": 2})", R"({"a": 2, "b": 1})"));
  CHECK_FALSE(keys("{}", "a").call == keys("{}", "b").call);
}

TEST_CASE("arguments that give a reason or a count do not matter") {
  CHECK(same_call(R"({"path": "a", "reason": "because"})",
                  R"({"path": "a", "reason": "once more"})"));
  CHECK(same_call(R"({"command": "ls", "attempt": 1})", R"({"command": "ls", "attempt": 2})"));
  CHECK(same_call(R"({"command": "ls", "description": "try 1"})",
                  R"({"command": "ls", "description": "try 2"})"));
  CHECK_FALSE(same_call(R"({"title": "bug", "description": "a"})",
                        R"({"title": "bug", "description": "b"})"));
}

TEST_CASE("if a thought is a tool's only argument, it matters") {
  CHECK_FALSE(same_call(R"({"thought": "a"})", R"({"thought": "b"})"));
}

TEST_CASE("calls that differ only in identifiers are of one kind") {
  CHECK(one_kind(R"({"sha": "3f2a9bc1"})", R"({"sha": "3f2a9bc2"})"));
  CHECK(one_kind(R"({"command": "git show 3f2a9bc1"})", R"({"command": "git show 77aabb00"})"));
  CHECK(one_kind(R"({"id": 17})", R"({"id": 18})"));
  CHECK(one_kind(R"({"id": "123e4567-e89b-12d3-a456-426614174000"})",
                 R"({"id": "123e4567-e89b-12d3-a456-426614174001"})"));
  CHECK_FALSE(
      one_kind(R"({"command": "git show 3f2a9bc1"})", R"({"command": "git log 3f2a9bc1"})"));
  CHECK(keys(R"({"path": "src/main.cc"})").kind == 0);
  CHECK(keys(R"({"command": "git show 3f2a9bc1 -- 7"})").identifier == "3f2a9bc1");
  CHECK(keys(R"({"id": ")" + std::string(60, '7') + "\"}").identifier.size() == 48);
}

TEST_CASE("a subject has one name in all spellings") {
  CHECK(keys(R"({"path": "file:///a//b/./c/"})").subject == "/a/b/c");
  CHECK(keys(R"({"uri": "https://x.org/a/"})").subject == "https://x.org/a");
  CHECK(keys(R"({"path": "./a/b"})").subject == "a/b");
  CHECK(keys(R"({"path": "/"})").subject == "/");
  CHECK(keys(R"({"path": ")" + std::string(512, 'a') + "\"}").subject.size() == 512);
  CHECK(keys(R"({"path": ")" + std::string(513, 'a') + "\"}").subject.empty());
  CHECK(keys(R"({"path": "a", "limit": 5})").other_arguments == 0);
  CHECK(keys(R"({"path": "a", "repo": "x"})").other_arguments !=
        keys(R"({"path": "a", "repo": "y"})").other_arguments);
}

TEST_CASE("calls without arguments or with odd ones have a key") {
  GuardCall call;
  call.tool = "t";
  CHECK(keys_of(call).call != 0);
  CHECK(keys("[1]").call != keys("[2]").call);
  std::string deep = "1";
  for (int i = 0; i < 200; ++i) deep = "[" + deep + "]";
  CHECK(keys("{\"a\": " + deep + "}").call != 0);
}

TEST_CASE("the verbs of a tool's name show what a call does") {
  CHECK(effect("read_file") == Effect::Read);
  CHECK(effect("getUserDetails") == Effect::Read);
  CHECK(effect("list_commits") == Effect::Read);
  CHECK(effect("browser_snapshot") == Effect::Read);
  CHECK(effect("get_or_create_page") == Effect::Write);
  CHECK(effect("create_directory") == Effect::Write);
  CHECK(effect("browser_click") == Effect::Write);
  CHECK(effect("sleep") == Effect::Wait);
  CHECK(effect("think") == Effect::Unknown);
  CHECK(effect("run_tests") == Effect::Unknown);
  CHECK(effect_of("delete_all", Value(), true) == Effect::Read);
  CHECK(effect_of("read_file", Value(), false) == Effect::Write);
}

TEST_CASE("a shell's single plain command shows what a call does") {
  CHECK(effect("bash", R"({"command": "cat /a/b"})") == Effect::Read);
  CHECK(effect("run_command", R"({"command": "/usr/bin/grep -n x y"})") == Effect::Read);
  CHECK(effect("bash", R"({"command": "git show HEAD"})") == Effect::Read);
  CHECK(effect("bash", R"({"command": "git push"})") == Effect::Unknown);
  CHECK(effect("bash", R"({"command": "rm x"})") == Effect::Write);
  CHECK(effect("bash", R"({"command": "cat x > y"})") == Effect::Unknown);
  CHECK(effect("bash", R"({"command": "cat x; rm y"})") == Effect::Unknown);
  CHECK(effect("bash", R"x({"command": "cat $(rm y)"})x") == Effect::Unknown);
}
