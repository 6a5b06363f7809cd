#include "control_rights.h"

#include <vector>

#include "callgate/app/ancestors.h"
#include "callgate/store/identity.h"

namespace callgate {

// Callgate's commands make the same check before they send a request. The gate checks again,
// because a client could connect to the socket without using a command.
std::string below_a_client(int64_t peer, const std::function<bool(int64_t)>& is_server,
                           const std::function<bool(int64_t)>& is_client) {
  if (peer <= 0) return "";
  std::vector<int64_t> above = processes_above(peer);
  if (process_identity(peer).first.empty()) return "the process that asks has ended";
  above.insert(above.begin(), peer);
  for (const int64_t pid : above) {
    const bool server = started_by_a_gate(pid) || is_server(pid);
    if (server || is_client(pid))
      return "the process " + std::to_string(peer) + " was started by " +
             (server ? "a server of callgate" : "a client of callgate");
  }
  return "";
}

}  // namespace callgate
