// The states of sessions and of servers' children, as the gate reports them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "callgate/base/result.h"
#include "callgate/base/time.h"
#include "callgate/gate/ports.h"

namespace callgate {

/// Why a child is down.
struct DownReason {
  /// The message continues a sentence that begins with "server 'fs'". It is empty if there is no
  /// reason.
  Error error;
  std::string stderr_tail;  ///< the last lines that the process wrote to stderr
  bool empty() const { return error.message.empty(); }
  /// Returns the reason as one text: "exited with status 1; its last lines: …".
  std::string text() const;
};

/// The state of one child and of its server, for status lines and `callgate tools`.
struct ServerStatus {
  /// SignInRequired: a remote server works only after a person has signed in.
  enum class State { Stopped, Starting, Listing, Ready, Waiting, Suspended, SignInRequired };
  std::string name;
  State state = State::Stopped;
  DownReason why;  ///< why the child's last process ended or could not be started
  /// Why some of the child's lists are missing or old although the child is up. Empty if all lists
  /// are current.
  std::string list_why;
  uint64_t noise = 0;      ///< lines on stdout that were not messages
  std::string noise_line;  ///< the beginning of the last line that `noise` counts
  /// Notifications that MCP does not define for a server. The gate forwards none of them.
  uint64_t dropped = 0;
  size_t tools = 0, prompts = 0, resources = 0;
  std::string url;      ///< of a remote server, without its query; otherwise empty
  std::string account;  ///< of the remote server; empty if it has none
  int64_t pid = 0;      ///< the child's process; 0 if none runs, and for a remote server
  Micros since{};       ///< when the child's current or last process was started
  uint64_t starts = 0;  ///< how many processes of the child have been started
  /// The server was removed from the configuration or changed there; this child ends after its last
  /// call.
  bool retired = false;
  /// True if another child represents the server, or if `retired` is true.
  bool spare = false;
  size_t sessions = 0;  ///< sessions that use this child
  std::string sharing;  ///< which sessions share a child of this server, and why

  /// True if the child has a process, or a session with the remote server.
  bool runs() const {
    const bool connected =
        state == State::Starting || state == State::Listing || state == State::Ready;
    return pid > 0 || (!url.empty() && connected);
  }
};

/// One session of a client.
struct SessionStatus {
  SessionNumber number = 0;
  ClientFacts facts;
  Micros since{};
  /// What the client claims about itself, and the revision of MCP that it uses. Empty until the
  /// client has named itself.
  std::string client_name, client_version;
  std::string protocol;
  /// Notifications of the client that MCP does not define for a client. The gate forwards none of
  /// them.
  uint64_t dropped = 0;
  size_t open_requests = 0;  ///< requests that have no answer yet
};

const char* name(ServerStatus::State state);
/// The state as people read it. Returns "list failed" for a child that is ready but some of whose
/// lists failed.
const char* state_word(const ServerStatus& server);

}  // namespace callgate
