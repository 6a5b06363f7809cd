#include "widening.h"

#include <fmt/core.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdio>

namespace callgate {

std::string by_whom(const std::string& because) {
  passwd entry{};
  passwd* found = nullptr;
  std::string buffer(16384, '\0');
  const bool known =
      getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found;
  const std::string name = known ? found->pw_name : "user " + std::to_string(getuid());
  return "by " + name + (because.empty() ? "" : ": " + because);
}

int reason_too_long() {
  return wrong_usage(fmt::format("--because takes at most {} bytes", kLongestReason));
}

bool person_agrees(const std::string& question) {
  print_message(question + " [y/N]");
  char answer[16] = "";
  if (std::fgets(answer, sizeof answer, stdin) == nullptr) return false;
  return answer[0] == 'y' || answer[0] == 'Y';
}

int may_widen(const std::string& question, bool yes) {
  if (yes) return kDone;
  if (isatty(STDIN_FILENO) != 1 || isatty(STDERR_FILENO) != 1)
    return wrong_usage(
        "this command widens what a client may do, so it requires a terminal or --yes");
  if (person_agrees(question)) return kDone;
  print_message("nothing was changed");
  return kFailed;
}

}  // namespace callgate
