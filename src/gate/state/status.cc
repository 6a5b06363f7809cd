#include "callgate/gate/status.h"

namespace callgate {

std::string DownReason::text() const {
  const std::string why = error.text();
  return stderr_tail.empty() ? why : why + "; its last lines: " + stderr_tail;
}

const char* name(ServerStatus::State state) {
  switch (state) {
    case ServerStatus::State::Stopped:
      return "stopped";
    case ServerStatus::State::Starting:
      return "starting";
    case ServerStatus::State::Listing:
      return "listing";
    case ServerStatus::State::Ready:
      return "ready";
    case ServerStatus::State::Waiting:
      return "waiting";
    case ServerStatus::State::Suspended:
      return "suspended";
    case ServerStatus::State::SignInRequired:
      return "sign-in required";
  }
  return "";
}

const char* state_word(const ServerStatus& server) {
  const bool unlisted = server.state == ServerStatus::State::Ready && !server.list_why.empty();
  return unlisted ? "list failed" : name(server.state);
}

}  // namespace callgate
