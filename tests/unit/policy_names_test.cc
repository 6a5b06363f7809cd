// Which rules match a call by its names, and which of these rules takes precedence.
#include "callgate/base/glob.h"
#include "policy_test.h"

using namespace callgate;

TEST_CASE("deny takes precedence over ask, and ask over allow, whatever the order of the rules") {
  PolicyWorld world(
      R"({"default": "deny", "allow": ["fs__*"], "ask": ["fs__w*"], "deny": ["fs__write_secret"]})");
  CHECK(world.permission("fs", "read") == "allow");
  CHECK(world.permission("fs", "write") == "ask");
  CHECK(world.permission("fs", "write_secret") == "deny");
  CHECK(world.permission("github", "read") == "deny");
  CHECK(world.tool("fs", "write").rule == "ask[0] fs__w*");
  CHECK(world.tool("github", "read").rule.empty());
  CHECK_FALSE(world.tool("github", "read").because.empty());
}

TEST_CASE("a decision names the first rule of the file that matches") {
  PolicyWorld world(R"({"deny": ["*__x*", {"tool": "fs__xy", "because": "mine"}, "fs__xyz"]})");
  CHECK(world.tool("fs", "xyz").rule == "deny[0] *__x*");
  CHECK(world.tool("fs", "xy").rule == "deny[0] *__x*");
}

TEST_CASE("without rules calls are allowed") {
  PolicyWorld world("{}");
  CHECK(world.permission("fs", "read") == "allow");
  CHECK(world.tool("fs", "read").rule.empty());
  CHECK(world.permission("unknown", "read") == "allow");
}

TEST_CASE("a decision has the rule's own reason") {
  PolicyWorld world(R"({"deny": [{"tool": "fs__*", "because": "not here"}]})");
  CHECK(world.tool("fs", "read").because == "not here");
  CHECK(world.tool("fs", "read").rule == "deny[0] fs__*");
}

TEST_CASE(
    "a bare pattern matches tools and prompts, and an object matches the kind that it names") {
  PolicyWorld world(R"({"deny": ["fs__a", {"tool": "fs__b"}, {"prompt": "fs__c"}]})");
  CHECK(world.permission("fs", "a") == "deny");
  CHECK(world.prompt("fs", "a").permission == Permission::Deny);
  CHECK(world.permission("fs", "b") == "deny");
  CHECK(world.prompt("fs", "b").permission == Permission::Allow);
  CHECK(world.permission("fs", "c") == "allow");
  CHECK(world.prompt("fs", "c").permission == Permission::Deny);
}

TEST_CASE("the ways in which clients write a name are equivalent") {
  const std::vector<std::string> servers = {"fs", "github"};
  CHECK(canonical_pattern("fs__read", servers) == "fs__read");
  CHECK(canonical_pattern("mcp__fs__read", servers) == "fs__read");
  CHECK(canonical_pattern("mcp__fs", servers) == "fs__*");
  CHECK(canonical_pattern("mcp__callgate__fs__read", servers) == "fs__read");
  CHECK(canonical_pattern("mcp__callgate", servers) == "*");
  CHECK(canonical_pattern("mcp__callgate__*", servers) == "*");
  CHECK(canonical_pattern("mcp__*", servers) == "*");
  CHECK(canonical_pattern("mcp__f*__read", servers) == "f*__read");
  CHECK(canonical_pattern("mcp__x__y", {"mcp"}) == "mcp__x__y");
  for (const char* rule : {"fs__*", "mcp__fs", "mcp__fs__*", "mcp__callgate__fs__*"}) {
    PolicyWorld world(std::string("{\"deny\": [\"") + rule + "\"]}");
    CHECK(world.permission("fs", "read") == "deny");
    CHECK(world.permission("github", "read") == "allow");
  }
}

TEST_CASE(
    "if two tools are written alike, an allow rule matches one of them and a deny rule both") {
  PolicyWorld allow(R"({"default": "deny", "allow": ["a__*"]})");
  CHECK(allow.permission("a", "x") == "allow");
  CHECK(allow.permission("a", "b__c") == "allow");
  CHECK(allow.permission("a__b", "c") == "deny");
  PolicyWorld longer(R"({"default": "deny", "allow": ["a__b__c"]})");
  CHECK(longer.permission("a__b", "c") == "allow");
  CHECK(longer.permission("a", "b__c") == "deny");
  PolicyWorld deny(R"({"deny": ["a__b__c"]})");
  CHECK(deny.permission("a__b", "c") == "deny");
  CHECK(deny.permission("a", "b__c") == "deny");
  PolicyWorld verb(R"({"default": "deny", "allow": ["*__read_*"]})");
  CHECK(verb.permission("fs", "read_file") == "allow");
  CHECK(verb.permission("fs", "delete__read_file") == "deny");
  PolicyWorld wild(R"({"deny": ["*__delete_*"]})");
  CHECK(wild.permission("fs", "x__delete_y") == "deny");
}

TEST_CASE("deny and ask rules also match a name as clients see it") {
  PolicyWorld world(R"({"default": "deny", "allow": ["*"], "ask": ["fs__ask_*"],
      "deny": ["fs__repo_files_list", "fs__x__*"]})");
  CHECK(world.permission("fs", "repo.files/list") == "deny");
  CHECK(world.permission("fs", "repo_files_list") == "deny");
  CHECK(world.permission("fs", "repo.files/lists") == "allow");
  CHECK(world.permission("fs", "ask.x") == "ask");
  CHECK(world.permission("fs", "x/_y") == "deny");
  CHECK(world.permission("fs", "x/y") == "allow");
  CHECK(world.hidden("fs", "repo.files/list"));
  PolicyWorld narrow(R"({"default": "deny", "allow": ["fs__a_b"]})");
  CHECK(narrow.permission("fs", "a.b") == "deny");
  ServerConfig server;
  server.hide = {"repo_files*"};
  CHECK(hides_tool(server, "repo.files/list"));
  CHECK_FALSE(hides_tool(server, "repo-files"));
}

TEST_CASE("names are compared exactly, with their case") {
  PolicyWorld world(R"({"deny": ["fs__read"]})");
  CHECK(world.permission("fs", "read") == "deny");
  CHECK(world.permission("fs", "Read") == "allow");  // another name, if a catalog has it
  CHECK(world.permission("fs", "read_") == "allow");
}

TEST_CASE("a rule for a client matches only that client") {
  PolicyWorld world(R"({"deny": [{"tool": "fs__*", "client": "Cur*"}]})");
  CHECK(world.permission("fs", "read") == "deny");
  world.client = "Other";
  CHECK(world.permission("fs", "read") == "allow");
}

TEST_CASE("a rule for an account matches only calls to this account") {
  PolicyWorld world(
      R"({"deny": [{"tool": "remote__*", "account": "work"}], "ask": [{"tool": "fs__*", "account": "*"}]})");
  CHECK(world.permission("remote", "x") == "allow");
  CHECK_FALSE(world.hidden("remote", "x"));
  CHECK(world.permission("fs", "x") == "ask");
  world.account = "home";
  CHECK(world.permission("remote", "x") == "allow");
  CHECK(world.explain("remote", "x", "{}").steps.at(1) ==
        "deny[0] remote__*: no, the account is not work");
  world.account = "work";
  CHECK(world.permission("remote", "x") == "deny");
  CHECK(world.hidden("remote", "x"));
  // If only an allow rule for another account exists, nothing can allow the call.
  PolicyWorld narrow(R"({"default": "deny", "allow": [{"tool": "remote__*", "account": "home"}]})");
  narrow.account = "work";
  CHECK(narrow.hidden("remote", "x"));
  narrow.account = "home";
  CHECK_FALSE(narrow.hidden("remote", "x"));
  CHECK(narrow.permission("remote", "x") == "allow");
}

TEST_CASE("questions have their own rules, and the default does not apply to them") {
  PolicyWorld world(
      R"({"default": "deny", "deny": [{"server": "fs", "question": "sampling"}], "ask": [{"server": "git*", "question": "*"}]})");
  CHECK(world.question("fs", "sampling").permission == Permission::Deny);
  CHECK(world.question("fs", "roots").permission == Permission::Allow);
  CHECK(world.question("github", "roots").permission == Permission::Ask);
  CHECK(world.question("a", "roots").permission == Permission::Allow);
}

TEST_CASE("a tool that is always denied is hidden, and one that may be allowed is shown") {
  PolicyWorld world(
      R"({"deny": ["fs__a", {"tool": "fs__b", "args": {"x": {"absent": true}}}, {"tool": "fs__c", "client": "x"}]})");
  CHECK(world.hidden("fs", "a"));
  CHECK_FALSE(world.hidden("fs", "b"));
  CHECK_FALSE(world.hidden("fs", "c"));
  CHECK_FALSE(world.hidden("fs", "d"));
  PolicyWorld strict(
      R"({"default": "deny", "allow": [{"tool": "fs__b", "args": {"x": {"in": [1]}}}], "ask": ["fs__c"]})");
  CHECK(strict.hidden("fs", "a"));
  CHECK_FALSE(strict.hidden("fs", "b"));
  CHECK_FALSE(strict.hidden("fs", "c"));
}

TEST_CASE("rules also apply to a server that is not configured") {
  PolicyWorld world(R"({"deny": ["*__delete_*"]})");
  CHECK(world.permission("new", "delete_all") == "deny");
}

TEST_CASE("a glob matches with * and ?, and other characters are literal") {
  CHECK(glob_matches("*", ""));
  CHECK(glob_matches("a*c", "abbbc"));
  CHECK(glob_matches("a*b*c", "a1b2b3c"));
  CHECK_FALSE(glob_matches("a*b*c", "a1b2b3"));
  CHECK(glob_matches("?", "é"));
  CHECK_FALSE(glob_matches("?", ""));
  CHECK(glob_matches("*?x", "ééx"));
  CHECK(glob_matches("??", "é\xC3"));
  CHECK_FALSE(glob_matches("??", "é"));
  CHECK_FALSE(glob_matches("*?a?b", "éab"));
  CHECK_FALSE(glob_matches("", "a"));
  CHECK(glob_matches("[a]", "[a]"));
  CHECK(glob_matches("/a/*", "/a/b/c"));
  const std::string long_text(100'000, 'a');
  CHECK_FALSE(glob_matches("*a*a*a*a*b", long_text));
}

TEST_CASE("an explanation has a line for each rule that names the call") {
  PolicyWorld world(
      R"({"deny": [{"tool": "fs__*", "args": {"path": {"outside": ["~/projects"]}}}, "github__*"],
                        "ask": [{"tool": "fs__*", "args": {"n": {"min": 3}}}], "allow": ["fs__read"]})");
  const Explanation explanation =
      world.explain("fs", "read", R"({"path": "/home/me/projects/x", "n": "3"})");
  CHECK(explanation.decision.permission == Permission::Ask);
  CHECK(explanation.steps ==
        std::vector<std::string>{
            "built-in: callgate's own files: no",
            "deny[0] fs__*: no, not 'path' outside /home/me/projects",
            "ask[0] fs__*: matches, the constraint 'n' min 3 cannot be decided and counts as true",
            "allow[0] fs__read: matches", "default: allow"});
}

TEST_CASE("a regex that does not compile is an error with the rule and its line") {
  const LoadedConfig loaded = parse_config(
      "{\"policy\": {\"deny\": [\n{\"tool\": \"*\", \"args\": {\"a\": {\"regex\": \"(\"}}}]}}", "c",
      "/");
  CHECK(loaded.errors.empty());
  const Result<Policy> policy = Policy::compile(loaded.config.policy, {}, "/");
  REQUIRE_FALSE(policy);
  CHECK(policy.error().code == "config.pattern");
  CHECK(policy.error().message.rfind("line 2: deny[0] *: 'a': ", 0) == 0);
}

TEST_CASE("rules are found by their literal names among many") {
  std::string rules = R"({"deny": [)";
  for (int i = 0; i < 500; ++i) rules += (i ? ",\"fs__t" : "\"fs__t") + std::to_string(i) + "\"";
  PolicyWorld world(rules + R"(], "ask": ["fs__t5*"]})");
  CHECK(world.tool("fs", "t7").rule == "deny[7] fs__t7");
  CHECK(world.tool("fs", "t50").rule == "deny[50] fs__t50");
  CHECK(world.tool("fs", "t5000").rule == "ask[0] fs__t5*");
  CHECK(world.permission("fs", "u") == "allow");
}

TEST_CASE("cached rules stay correct, also after more names than are cached") {
  PolicyWorld world(R"({"deny": ["fs__w*", {"prompt": "fs__p"}], "default": "allow"})");
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 5000; ++i)
      CHECK(world.permission("fs", "r" + std::to_string(i)) == "allow");
    CHECK(world.permission("fs", "write") == "deny");
    CHECK(world.permission("fs", "w" + std::string(1000, 'x')) == "deny");
    // A prompt and a tool with the same name, and pairs that are equal when they are joined.
    CHECK(world.permission("fs", "p") == "allow");
    CHECK(world.prompt("fs", "p").permission == Permission::Deny);
    CHECK(world.permission("fsw", "x") == "allow");
    CHECK(world.permission("fs", std::string("w\0x", 3)) == "deny");
    CHECK(world.permission("f", std::string("s\0w", 3)) == "allow");
  }
}
