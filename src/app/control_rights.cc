#include "control_rights.h"

#include <unistd.h>

#include <set>
#include <vector>

#include "callgate/app/ancestors.h"
#include "callgate/store/identity.h"

namespace callgate {

// Callgate's commands make the same check before they send a request. The gate checks again,
// because a client could connect to the socket without using a command.
std::string below_a_client(int64_t peer, const Gate& gate, int64_t except) {
  if (peer <= 0) return "";
  std::set<int64_t> servers{::getpid()}, clients;
  for (const ServerStatus& child : gate.servers()) servers.insert(child.pid);
  for (const SessionStatus& session : gate.sessions()) clients.insert(session.facts.process.pid);
  clients.erase(except);
  std::vector<int64_t> above = processes_above(peer);
  if (process_identity(peer).first.empty()) return "the process that asks has ended";
  above.insert(above.begin(), peer);
  for (const int64_t pid : above) {
    const bool server = started_by_a_gate(pid) || servers.contains(pid);
    if (server || clients.contains(pid))
      return "the process " + std::to_string(peer) + " was started by " +
             (server ? "a server of callgate" : "a client of callgate");
  }
  return "";
}

}  // namespace callgate
