// Which command opens the browser and what it gets as arguments; the addresses that a person
// pastes.
#include "cli/auth/browser.h"
#include "cli/auth/pasted_lines.h"
#include "io_support.h"

using namespace callgate;

namespace {
using Commands = std::vector<std::vector<std::string>>;
const char* const kUrl = "https://as.example/authorize?state=a%20b&x=$(id)";
}  // namespace

TEST_CASE("the variable BROWSER names commands, in which %s stands for the address") {
  CHECK(browser_commands("firefox", kUrl, false) == Commands{{"firefox", kUrl}});
  CHECK(browser_commands("curl -sL", kUrl, false) == Commands{{"curl", "-sL", kUrl}});
  CHECK(browser_commands("open --url=%s -w:lynx", kUrl, true) ==
        Commands{{"open", std::string("--url=") + kUrl, "-w"}, {"lynx", kUrl}});
  CHECK(browser_commands(" : :", kUrl, false).empty());
}

TEST_CASE("without the variable, the desktop's command is used if there is a screen") {
  CHECK(browser_commands("", kUrl, false).empty());
  const Commands commands = browser_commands("", kUrl, true);
  REQUIRE(commands.size() == 1);
  CHECK(commands.front().back() == kUrl);
}

TEST_CASE("a pasted line comes without white space around it, and up to a limit") {
  Loop loop;
  const PipePair pipe = piped();
  std::vector<std::string> lines;
  const PastedLines pasted(
      loop,
      [&](std::string_view line) {
        lines.emplace_back(line);
        if (line == "last") loop.stop();
      },
      pipe.read);
  const auto writer = opened(loop, pipe.write);
  const std::string longest(PastedLines::kLongest, 'x');
  writer->write("\n  http://h/a \r\n" + longest + "\n" + longest + "x\n");
  writer->write("la");
  writer->write("st\n");
  run_until_stopped(loop);
  CHECK(lines == std::vector<std::string>{"http://h/a", longest, "last"});
}
