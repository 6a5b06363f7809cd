// Who runs a command: a person, or a descendant of a client or a server. A descendant of a client
// acts with the rights of that client's session, and may change nothing.
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
  int64_t pid = 0;  ///< of the ancestor that decides `kind`; 0: unknown
  std::string why;  ///< "process 12 above this one is a client of callgate"
  /// A session of the client, as its gate reports it.
  struct Seen {
    GateSession session;
    std::string config, state_dir;
    /// Servers of that gate whose new configuration waits for a reload.
    std::vector<std::string> waiting;
  };
  std::vector<Seen> sessions;    ///< of the client `pid`; empty if no gate reports one
  std::vector<int64_t> clients;  ///< process ids of all clients that a gate knows
  /// Servers that wait for a reload in a gate with our configuration.
  std::vector<std::string> waiting;
};

/// Asks the gates of `places` and of the usual state folders. The usual ones are asked even if the
/// environment names others, because the caller controls the environment.
Caller caller_of(const Places& places);

/// Checks a command that changes something. Returns kDone if a person runs it; otherwise prints the
/// reason to stderr and returns the exit code.
int may_change(std::string_view command, const Places& places);

/// The rights with which a command opens a session.
struct ActingFor {
  /// `client` is the name that the session claims, or "" for the command's own name.
  std::string profile, token, client;
  std::vector<std::string> waiting;  ///< servers that must not be started
};
/// The rights for `callgate call`. A descendant of a client gets that client's profile, name and
/// token, provided that all of the client's sessions have the same rights. Errors "caller.…": the
/// rights can't be determined, the client is paused or revoked, or a server made the call.
Result<ActingFor> act_for_call(const Places& places);
/// The rights for commands that start servers only to list what they offer.
Result<ActingFor> act_for_look(const Places& places);
/// The rights for a gate that was launched with `profile`. A direct child of a client gets
/// `profile`. A deeper descendant (an agent of the agent, or its shell) gets no more rights than
/// the client has.
Result<ActingFor> act_for_launch(const Places& places, const std::string& profile);
/// Disables the servers in `acting.waiting`, whose new configuration waits for a person.
void leave_out_waiting(Config& config, const ActingFor& acting);

}  // namespace callgate
