// What a front and the shared gate say to each other.
#include <doctest/doctest.h>

#include "app/shared/attach_messages.h"

using namespace callgate;

TEST_CASE("a hello keeps every byte of paths and variables") {
  const Hello sent{.config = "/a/\xff b/config.json",
                   .profile = "reviewer",
                   .workspace = {.folder = "/p \"\n\xfe",
                                 .variables = {{"EMPTY", ""},
                                               {"EQUALS", "a=b"},
                                               {"LINES", "one\ntwo\r"},
                                               {"ODD", "\xff\xfe\x01"},
                                               {"http_proxy", "1"},
                                               {"HTTP_PROXY", "2"}}}};
  const std::string line = write_hello(sent);
  CHECK(line.find('\n') == std::string::npos);
  const Result<Hello> read = read_hello(line);
  REQUIRE(read.ok());
  CHECK(read->config == sent.config);
  CHECK(read->profile == sent.profile);
  CHECK(read->workspace.folder == sent.workspace.folder);
  CHECK(read->workspace.variables == sent.workspace.variables);
}

TEST_CASE("a hello that is not one is refused") {
  const std::string good = write_hello({.config = "/c", .profile = "", .workspace = {"/p", {}}});
  REQUIRE(read_hello(good).ok());
  for (const auto& [from, to] : std::map<std::string, std::string>{{"hello", "howdy"},
                                                                   {"\"format\":1", "\"format\":2"},
                                                                   {"2f70", "7070"},
                                                                   {"2f70", "2f7"},
                                                                   {"2f63", "zz"}}) {
    std::string bad = good;
    bad.replace(bad.find(from), from.size(), to);
    CHECK_FALSE(read_hello(bad).ok());
  }
  for (const char* bad : {"", "{", "[]", "{}", "null"}) CHECK_FALSE(read_hello(bad).ok());
}

TEST_CASE("a refusal carries the error, and other lines are an error of their own") {
  const Error error{"attach.config", "the gate uses \"another\" file", "use one"};
  CHECK(read_refusal(write_refusal(error)) == error);
  for (const std::string& line : {std::string(kHave), std::string(kEnded), std::string("rubbish")})
    CHECK(read_refusal(line).code == "attach.malformed");
}
