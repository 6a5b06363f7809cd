// Which command opens the browser, and what it gets as arguments.
#include <doctest/doctest.h>

#include "cli/auth/browser.h"

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
