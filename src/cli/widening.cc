#include "widening.h"

#include <fmt/core.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdio>

#include "callgate/app/ancestors.h"
#include "gates.h"

namespace callgate {

namespace {

/// Clients, the gates themselves and their children.
std::vector<int64_t> pids_in(const Gates& gates) {
  std::vector<int64_t> pids;
  for (const GateProcess& process : gates.processes) {
    if (process.how == "command") continue;  // a person's own
    pids.push_back(process.pid);
    for (const GateSession& session : process.sessions) pids.push_back(session.pid);
    for (const GateServer& server : process.servers) pids.push_back(server.pid);
  }
  return pids;
}

}  // namespace

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
  say(question + " [y/N]");
  char answer[16] = "";
  if (std::fgets(answer, sizeof answer, stdin) == nullptr) return false;
  return answer[0] == 'y' || answer[0] == 'Y';
}

int may_widen(const std::string& question, bool yes, const Places& places) {
  const auto why = why_below_a_client(pids_in(look_at_gates(places.state_dir)));
  if (why) {
    fail({"rights.refused", "this widens what a client may, and " + *why,
          "type it in a terminal of your own"});
    return kDenied;
  }
  if (yes) return kDone;
  if (isatty(STDIN_FILENO) != 1 || isatty(STDERR_FILENO) != 1)
    return wrong_usage("this widens what a client may: it wants a terminal, or --yes");
  if (person_agrees(question)) return kDone;
  say("nothing was changed");
  return kFailed;
}

}  // namespace callgate
