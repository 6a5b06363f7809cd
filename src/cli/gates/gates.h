// Asks the gate processes of this user for their state, and formats the state for commands.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "callgate/app/control_client.h"
#include "cli/text/common.h"
#include "cli/text/terminal.h"

namespace callgate {

struct GateSession {
  std::string id, client, version, exe, cwd, user, peer, profile, token, protocol;
  std::vector<std::string> parents;  ///< "PID EXE", nearest first
  int64_t pid = 0, open_requests = 0, dropped = 0;
  Micros since{};
};

struct GateServer {
  std::string name, state, why;
  /// The beginning of the last line on the server's stdout that was no message.
  std::string noise_line;
  std::string sharing;  ///< which sessions share a child of this server, and why
  std::string url;      ///< of a remote server, without its query; otherwise empty
  std::string account;  ///< of the remote server; empty if it has none
  int64_t pid = 0, starts = 0, memory = 0, noise = 0, dropped = 0, tools = 0, prompts = 0,
          resources = 0;
  int64_t children = 0;  ///< processes of this server in this gate process, or sessions with it
  int64_t sessions = 0;  ///< sessions that use the child with this `pid`
  /// When the process `pid`, or the session with the remote server, was started; zero if there is
  /// none.
  Micros since{};
};

struct RunningGate {
  int64_t pid = 0, run = 0, memory = 0, waiting = 0, sessions_total = 0, unreadable = 0;
  std::string how, version, config, config_error, record_error;
  /// Servers whose new configuration this gate process will use only after `callgate reload`.
  std::vector<std::string> waiting_servers;
  Micros since{};
  std::vector<GateSession> sessions;
  std::vector<GateServer> servers;
};

struct Gates {
  std::vector<RunningGate> processes;
  std::vector<Error> errors;  ///< one for each gate process that did not answer or refused to
};

struct NotifiedGates {
  size_t notified = 0, failed = 0;
};
/// Sends the control request `ask` to each gate process, for example to make it read the record
/// again. Prints errors to stderr. Returns how many gate processes confirmed the request, and how
/// many failed.
NotifiedGates notify_gates(const Places& places, const std::string& ask);

Gates find_gates(const std::string& state_dir, Asked whom = Asked::All);
/// Returns the control request {"ask": ask, "server": server}, or {"ask": ask} if `server` is
/// empty.
std::string control_request(const std::string& ask, const std::string& server = "");
/// Returns a server as JSON. `gate` is the pid of its gate process.
std::string server_json(const GateServer& server, int64_t gate);
/// Returns a table with one row per server.
std::string servers_table(const Screen& screen, const std::vector<RunningGate>& processes);
/// Prints the errors to stderr and returns their number.
size_t print_errors(const Gates& gates);

}  // namespace callgate
