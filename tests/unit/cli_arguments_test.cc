#include "cli/syntax.h"
#include "cli_test.h"

namespace callgate {

namespace {

struct Parsed {
  bool all = false;
  uint64_t limit = 7;
  std::string tool, mode = "a", json;
  std::vector<std::string> servers;
  Common common;
  Status status;
};

Parsed parse(const std::vector<std::string>& words) {
  Parsed out;
  Syntax syntax;
  syntax.flag("-a,--all", out.all, "");
  syntax.number("-n,--limit", "N", out.limit, "");
  syntax.values("--server", "GLOB", out.servers, "");
  syntax.choice("--mode", {"alpha", "beta"}, out.mode, "");
  syntax.required("TOOL", out.tool, "");
  syntax.optional("JSON", out.json, "");
  const Syntax global = global_syntax(out.common);
  out.status = parse_arguments(syntax, global, words);
  return out;
}

std::string error_of(const std::vector<std::string>& words) {
  const Parsed out = parse(words);
  return out.status ? "" : out.status.error().message;
}

}  // namespace

TEST_CASE("options, words and global options may come in any order") {
  const Parsed out = parse({"--json", "--server", "a", "tool", "--server=b", "-n5", R"({"x":[1]})",
                            "-a", "--config", "f"});
  REQUIRE(out.status.ok());
  CHECK(out.all);
  CHECK_EQ(out.limit, 5);
  CHECK_EQ(out.servers, std::vector<std::string>{"a", "b"});
  CHECK_EQ(out.tool, "tool");
  CHECK_EQ(out.json, R"({"x":[1]})");
  CHECK(out.common.json);
  CHECK_EQ(out.common.config, "f");
}

TEST_CASE("a repeatable option takes one value each time") {
  const Parsed out = parse({"--server", "a", "tool", "json"});
  CHECK_EQ(out.servers, std::vector<std::string>{"a"});
  CHECK_EQ(out.tool, "tool");
}

TEST_CASE("a lone dash is a word, and so is everything after two dashes") {
  CHECK_EQ(parse({"tool", "-"}).json, "-");
  CHECK_EQ(parse({"--", "tool", "--json"}).json, "--json");
}

TEST_CASE("if an option is repeated, its last value counts") {
  CHECK_EQ(parse({"t", "-n", "1", "--limit", "2"}).limit, 2);
}

TEST_CASE("a usage error names the wrong word and the nearest right one") {
  CHECK_EQ(error_of({"t", "--sevrer", "x"}), "unknown option '--sevrer'; did you mean '--server'?");
  CHECK_EQ(error_of({"t", "--sevrer=x"}), "unknown option '--sevrer'; did you mean '--server'?");
  CHECK_EQ(error_of({"t", "--quite"}), "unknown option '--quite'; did you mean '--quiet'?");
  CHECK_EQ(error_of({"t", "--mode", "bata"}),
           "--mode takes alpha|beta, not 'bata'; did you mean 'beta'?");
  CHECK_EQ(error_of({"t", "{}", "more"}), "unexpected word 'more'");
  CHECK_EQ(error_of({"--all"}), "TOOL is missing");
  CHECK_EQ(error_of({"t", "--limit="}), "--limit needs a value");
  CHECK_EQ(error_of({"t", "--limit"}), "--limit needs a value");
  CHECK_EQ(error_of({"t", "--server"}), "--server needs a value");
}

TEST_CASE("a number consists of digits only") {
  for (const char* wrong : {"x", "-1", "1.5", "1e3", "99999999999999999999"}) {
    CAPTURE(wrong);
    CHECK_EQ(error_of({"t", std::string("--limit=") + wrong}).substr(0, 28),
             "--limit takes a whole number");
  }
}

}  // namespace callgate
