// The rules of the policy in the configuration file.
#include "config_test.h"

using namespace callgate;

using Kind = ArgConstraint::Kind;
using Subject = RuleSpec::Subject;

TEST_CASE("a rule is a pattern or an object") {
  const LoadedConfig loaded = with_policy(R"({"default": "deny",
    "deny": ["*__delete_*",
             {"tool": "fs__*", "args": {"path": {"outside": ["~/projects", "/tmp"]}, "/a/0~1b": {"glob": "*.md"}}, "because": "stay", "client": "Cur*"},
             {"prompt": "github__review"}, {"resource": "file:///etc/*"}, {"server": "fs", "question": "sampling"}],
    "ask": [{"tool": "fs__*", "args": {"a": {"regex": "x+"}, "b": {"in": ["x", 1, null]}, "c": {"min": -1.5}, "d": {"max": 7}, "e": {"absent": true}}}],
    "allow": ["mcp__github", "mcp__callgate__fs__read", "mcp__fs__*", "*"]})");
  CHECK(only_error(loaded) == "0 errors:");
  const PolicyConfig& policy = loaded.config.policy;
  CHECK(policy.fallback == RuleList::Deny);
  REQUIRE(policy.deny.size() == 5);
  CHECK(policy.deny[0].subject == Subject::Name);
  CHECK(policy.deny[0].pattern == "*__delete_*");
  CHECK(policy.deny[0].written == "deny[0] *__delete_*");
  CHECK(policy.deny[0].line == 2);
  const RuleSpec& paths = policy.deny[1];
  CHECK(paths.subject == Subject::Tool);
  CHECK(paths.because == "stay");
  CHECK(paths.client == "Cur*");
  CHECK(paths.line == 3);
  REQUIRE(paths.args.size() == 2);
  CHECK(paths.args[0].kind == Kind::Outside);
  CHECK(paths.args[0].texts == std::vector<std::string>{"/home/me/projects", "/tmp"});
  CHECK(paths.args[1].key == "/a/0~1b");
  CHECK(policy.deny[2].subject == Subject::Prompt);
  CHECK(policy.deny[3].written == "deny[3] file:///etc/*");
  CHECK(policy.deny[4].subject == Subject::Question);
  CHECK(policy.deny[4].question == "sampling");
  CHECK(policy.deny[4].written == "deny[4] fs question sampling");
  REQUIRE(policy.ask[0].args.size() == 5);
  CHECK(policy.ask[0].args[1].texts == std::vector<std::string>{"\"x\"", "1", "null"});
  CHECK(policy.ask[0].args[2].bound == -1.5);
  CHECK(policy.ask[0].args[4].kind == Kind::Absent);
}

TEST_CASE("a rule that names a server which is not configured is an error") {
  CHECK(only_error(with_policy("{\"deny\": [\n\"githb__x\"]}")) ==
        "config.unknown_server config.json:2:1: policy.deny[0] githb__x: no server \"githb\" is "
        "configured; did you mean \"github\"?");
  CHECK(has_error(with_policy(R"({"allow": ["mcp__nobody__x"]})"), "no server \"nobody\""));
  CHECK(has_error(with_policy(R"({"allow": ["mcp__nobody"]})"), "no server \"nobody\""));
  CHECK(has_error(with_policy(R"({"ask": [{"server": "nobody", "question": "*"}]})"),
                  "no server \"nobody\""));
  for (const char* fine : {"*", "*__x", "g*__x", "g?thub__x", "fs__*", "fs__a__b", "mcp__fs__x",
                           "mcp__callgate__fs__x", "mcp__*", "mcp__callgate"})
    CHECK(only_error(with_policy(std::string("{\"deny\": [\"") + fine + "\"]}")) == "0 errors:");
}

TEST_CASE("a pattern that can never match is an error") {
  CHECK(has_error(with_policy(R"({"deny": ["github"]})"),
                  "for the whole server write \"github__*\""));
  CHECK(has_error(with_policy(R"({"deny": ["delete_file"]})"),
                  "for every server write \"*__delete_file\""));
}

TEST_CASE("a rule object names exactly one subject") {
  CHECK(has_error(with_policy(R"({"deny": [{}]})"), "exactly one of"));
  CHECK(has_error(with_policy(R"({"deny": [{"tool": "fs__*", "prompt": "fs__*"}]})"),
                  "exactly one of"));
  CHECK(has_error(with_policy(R"({"deny": [{"server": "fs"}]})"), "needs \"question\""));
  CHECK(has_error(with_policy(R"({"deny": [{"tool": "fs__*", "question": "roots"}]})"),
                  "needs \"server\""));
  CHECK(has_error(with_policy(R"({"deny": [{"server": "fs", "question": "smapling"}]})"),
                  "did you mean \"sampling\""));
  CHECK(has_error(
      with_policy(R"({"deny": [{"resource": "file:*", "args": {"a": {"absent": true}}}]})"),
      "only tools, prompts and methods"));
  CHECK(has_error(with_policy(R"({"deny": [7]})"), "name pattern or an object"));
  CHECK(has_error(with_policy(R"({"deny": "fs__*"})"), "must be a list"));
}

TEST_CASE("a rule on a method may have arguments, and the method must not be one of MCP's") {
  CHECK(!has_error(
      with_policy(R"({"deny": [{"method": "acme/*", "args": {"a": {"absent": true}}}]})"), ""));
  CHECK(has_error(with_policy(R"({"deny": [{"method": "acme/*", "tool": "fs__*"}]})"),
                  "exactly one of"));
  for (const std::string method : {"tools/call", "prompts/get", "resources/read",
                                   "resources/subscribe", "completion/complete"}) {
    CAPTURE(method);
    CHECK(has_error(with_policy(R"({"deny": [{"method": ")" + method + R"("}]})"), "but MCP has "));
  }
}

TEST_CASE("a constraint has exactly one kind, with a value of the right type") {
  const auto constraint = [](const std::string& json) {
    return with_policy(R"({"deny": [{"tool": "fs__*", "args": {"a": )" + json + "}}]}");
  };
  CHECK(has_error(constraint("{}"), "constraint is empty"));
  CHECK(has_error(constraint(R"({"min": 1, "max": 2})"), "more than one"));
  CHECK(has_error(constraint(R"({"insde": ["/a"]})"), "did you mean \"inside\""));
  CHECK(has_error(constraint(R"({"inside": []})"), "list of folders is empty"));
  CHECK(has_error(constraint(R"({"inside": "/a"})"), "must be a list"));
  CHECK(has_error(constraint(R"({"inside": ["a"]})"), "not an absolute folder"));
  CHECK(has_error(constraint(R"({"in": []})"), "list of values is empty"));
  CHECK(has_error(constraint(R"({"in": [[1]]})"), "must be a string, a number"));
  CHECK(has_error(constraint(R"({"min": "1"})"), "must be a number"));
  CHECK(has_error(constraint(R"({"min": 1e999})"), "must be a number"));
  CHECK(has_error(constraint(R"({"absent": false})"), "can only be true"));
  CHECK(has_error(with_policy(R"({"deny": [{"tool": "fs__*", "args": {"*": {"glob": "x"}}}]})"),
                  "every path in the arguments"));
  CHECK(with_policy(R"({"deny": [{"tool": "fs__*", "args": {"*": {"inside": ["/x"]}}}]})")
            .errors.empty());
  CHECK(has_error(constraint(R"({"glob": ""})"), "pattern is empty"));
  CHECK(constraint("{\"glob\": \"" + std::string(1024, 'x') + "\"}").errors.empty());
  CHECK(
      has_error(constraint("{\"glob\": \"" + std::string(1025, 'x') + "\"}"), "longer than 1024"));
  CHECK(
      has_error(with_policy(R"({"deny": [{"tool": "fs__*", "args": {}}]})"), "names no argument"));
  CHECK(
      has_error(with_policy(R"({"deny": [{"tool": "fs__*", "args": {"/a~2": {"absent": true}}}]})"),
                "JSON pointer"));
}
