#include <algorithm>

#include "cli/completion/completion.h"
#include "cli_test.h"

namespace callgate {

namespace {

struct Values {
  bool flag = false;
  uint64_t number = 0;
  std::string text;
  std::vector<std::string> texts;
};

Run nothing(Syntax& syntax) {
  static Values to;
  syntax.value("--profile", "NAME", to.text, "a profile");
  return {};
}
Run list(Syntax& syntax) {
  static Values to;
  syntax.flag("-f,--follow", to.flag, "go on");
  syntax.number("-n,--lines", "N", to.number, "so many");
  syntax.values("--server", "GLOB", to.texts, "calls to these");
  syntax.choice("--scope", {"user", "project"}, to.text, "whose");
  return {};
}
Run logs(Syntax& syntax) {
  static Values to;
  syntax.required("NAME", to.text, "a server");
  return {};
}
Run search(Syntax& syntax) {
  static Values to;
  syntax.many("CLIENT", to.texts, "some");
  return {};
}

const std::vector<Command> kCommands = {
    {"", "alone", nothing, Right::Reads, true},
    {"history list", "List calls", list, Right::Reads},
    {"history search", "Find calls", search, Right::Reads},
    {"secret", "Not shown", logs, Right::Reads, true},
    {"servers logs", "Show what it says", logs, Right::Reads},
};
const std::vector<Group> kGroups = {
    {"", "All"}, {"history", "The record"}, {"servers", "The servers"}};

struct Asked {
  std::string words;  // "a b", without the descriptions
  bool files = false;
  std::vector<ValueKind> kinds;
  std::string config;
};

Asked ask(const std::vector<std::string>& words) {
  Asked out;
  const Completion completion =
      complete(kCommands, kGroups, words, [&](ValueKind kind, const std::string& config) {
        out.kinds.push_back(kind);
        out.config = config;
        return kind == ValueKind::Server ? std::vector<std::string>{"files", "git"}
                                         : std::vector<std::string>{"cursor", "zed"};
      });
  for (const Candidate& each : completion.candidates)
    out.words += (out.words.empty() ? "" : " ") + each.word;
  out.files = completion.files;
  return out;
}

std::string told(const std::vector<std::string>& words) { return ask(words).words; }

}  // namespace

TEST_CASE("commands are offered first, then the words of their group; hidden commands never") {
  CHECK_EQ(told({""}), "history servers");
  CHECK_EQ(told({"se"}), "servers");
  CHECK_EQ(told({"history", ""}), "list search");
  CHECK_EQ(told({"--quiet", "history", "s"}), "search");
  CHECK_EQ(told({"--color", "never", "h"}), "history");
  CHECK_EQ(told({"--config=x", "h"}), "history");
}

TEST_CASE("nothing is offered after a word that is not a command") {
  CHECK_EQ(told({"histroy", ""}), "");
  CHECK_EQ(told({"histroy", "--"}), "");
  CHECK_EQ(told({"history", "lst", ""}), "");
  CHECK_EQ(told({}), "");
}

TEST_CASE("after a dash, the command's options are offered, then the global ones") {
  CHECK_EQ(told({"history", "list", "-"}),
           "-f --follow -n --lines --server --scope --config --json --jsonl --quiet --verbose "
           "--color --help --version");
  CHECK_EQ(told({"history", "list", "--s"}), "--server --scope");
  CHECK_EQ(told({"history", "--s"}), "--server --scope");
  CHECK_EQ(told({"--p"}), "--profile");
}

TEST_CASE("an option that was given is offered again only if it is repeatable") {
  CHECK_EQ(told({"history", "list", "--lines", "3", "--l"}), "");
  CHECK_EQ(told({"history", "list", "-n", "3", "--l"}), "");
  CHECK_EQ(told({"history", "list", "--server", "git", "--se"}), "--server");
}

TEST_CASE("an option's values are offered as a separate word or after an equals sign") {
  CHECK_EQ(told({"history", "list", "--scope", ""}), "user project");
  CHECK_EQ(told({"history", "list", "--scope", "p"}), "project");
  CHECK_EQ(told({"history", "list", "--scope=p"}), "--scope=project");
  CHECK_EQ(told({"history", "list", "--lines", ""}), "");
  CHECK_EQ(told({"history", "list", "--nothing=p"}), "");
  CHECK_EQ(told({"--color", "a"}), "auto always");
}

TEST_CASE("the configuration's names are read only where the line can take them") {
  Asked asked = ask({"history", "list", "--server", "g"});
  CHECK_EQ(asked.words, "git");
  CHECK((asked.kinds == std::vector<ValueKind>{ValueKind::Server}));
  asked = ask({"servers", "logs", ""});
  CHECK_EQ(asked.words, "files git");
  CHECK(ask({"history", "list", ""}).kinds.empty());
  CHECK(ask({""}).kinds.empty());
}

TEST_CASE("names are read from the configuration that the line names") {
  CHECK_EQ(ask({"--config", "a", "servers", "logs", ""}).config, "a");
  CHECK_EQ(ask({"servers", "logs", "--config=b", ""}).config, "b");
  CHECK_EQ(ask({"servers", "logs", ""}).config, "");
}

TEST_CASE("the name of a file is completed by the shell") {
  const Asked asked = ask({"--config", "/e"});
  CHECK(asked.files);
  CHECK_EQ(asked.words, "");
  CHECK(asked.kinds.empty());
}

TEST_CASE(
    "nothing is offered after a word that can occur once, and a repeatable word is offered again") {
  CHECK_EQ(told({"servers", "logs", "git", ""}), "");
  CHECK_EQ(told({"history", "search", "zed", "c"}), "cursor");
}

TEST_CASE("only words are offered after two dashes") {
  CHECK_EQ(told({"servers", "logs", "--", "-"}), "");
  CHECK_EQ(told({"servers", "logs", "--", "g"}), "git");
}

TEST_CASE("each supported shell has a script, and another shell has none") {
  for (const std::string& shell : shells()) {
    CHECK(completion_script(shell).find("complete --") != std::string_view::npos);
  }
  CHECK(completion_script("csh").empty());
}

}  // namespace callgate
