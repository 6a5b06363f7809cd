// Who runs a command: a person, or a process below a client or a server. A process below a client
// acts with the rights of that client's session, and changes nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "callgate/gate/gate.h"
#include "gates.h"

namespace callgate {

struct Caller {
  enum class Kind { Person, Client, Server };
  Kind kind = Kind::Person;
  int64_t pid = 0;  ///< of the client or server, or of what it started
  std::string why;  ///< "process 12 above this one is a client of callgate"
  /// The client's sessions, if its gates answer.
  struct Seen {
    GateSession session;
    std::string config, state_dir;
    std::vector<std::string> waiting;  ///< servers of that gate that wait for a reload
  };
  std::vector<Seen> sessions;
  std::vector<int64_t> clients;      ///< every client that a gate knows
  std::vector<std::string> waiting;  ///< servers that wait in a gate of this configuration
};

/// Asks the gates of `places` and of the usual state folders, whatever the environment says.
Caller caller_of(const Places& places);

/// A command that changes something: kDone when a person runs it, else the exit code after the
/// reason on stderr.
int may_change(std::string_view command, const Places& places);

/// The rights of a session that a command opens.
struct ActingFor {
  std::string profile, token, client;  ///< client: the name that the session claims; "": its own
  std::vector<std::string> waiting;    ///< servers that must not be started
};
/// For one call by hand. Below a client: that client's profile, name and token, if it has one
/// session, or several with the same rights. Errors: "caller.…": it is not known whose it is, or
/// that client is stopped.
Result<ActingFor> act_for_call(const Places& places);
/// For commands that start servers only to look at them.
Result<ActingFor> act_for_look(const Places& places);
/// For a gate that was launched with that profile. A client's own child is as it is configured; a
/// program further below (an agent's agent, or its shell) gets no more than that client has.
Result<ActingFor> act_for_launch(const Places& places, const std::string& profile);
/// Servers whose new configuration waits for a person are not started.
void leave_out_waiting(Config& config, const ActingFor& acting);

}  // namespace callgate
