// Finds out who runs a command of callgate: a person, or a descendant of a client or server. A
// descendant is a process that the client or server has started, directly or through other
// processes. For a client's descendant, commands act with the rights of the client's session and
// refuse to change anything.
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
  int64_t pid = 0;  ///< the ancestor of this process that determines `kind`; 0: unknown
  /// The reason for `kind`, such as "process 12 above this one is a client of callgate". Empty if
  /// `kind` is Person.
  std::string why;
  /// A session of the client `pid`, as its gate process reports it.
  struct FoundSession {
    GateSession session;
    std::string config, state_dir;
    /// Servers whose new configuration this gate process will use only after `callgate reload`.
    std::vector<std::string> waiting;
  };
  std::vector<FoundSession>
      sessions;                  ///< empty if no gate process reports a session of the client `pid`
  std::vector<int64_t> clients;  ///< process ids of all clients that gate processes report
  /// The servers in FoundSession::waiting, but of all gate processes that have the same
  /// configuration as this command.
  std::vector<std::string> waiting;
};

/// Asks the gate processes whose state folder is in `places` or at one of the usual paths. The
/// usual paths are asked even if the environment names another folder, because the caller controls
/// the environment.
Caller caller_of(const Places& places);

/// Checks a command that changes something. Returns kDone if a person runs it; otherwise prints the
/// reason to stderr and returns the exit code.
int may_change(std::string_view command, const Places& places);

/// The rights with which a command opens a session at its own gate.
struct ActingFor {
  /// `client` is the client's name for the session; "" means the command's own name.
  std::string profile, token, client;
  /// For act_for_launch(): true if no client or server of callgate started the client that launched
  /// this process.
  bool direct = false;
  std::vector<std::string> waiting;  ///< servers that the command must not start; see Caller
};
/// Returns the rights for `callgate call`. A descendant of a client gets the client's profile, name
/// and token, if all sessions of the client have the same rights. Errors "caller.…": the rights
/// can't be determined, the client is paused or revoked, or a server's descendant runs the command.
Result<ActingFor> act_for_call(const Places& places);
/// Returns the rights for commands that start servers only to list what the servers offer.
Result<ActingFor> act_for_inspection(const Places& places);
/// Returns the rights for a gate process that was started as `callgate --profile PROFILE`. If the
/// client itself started this gate process, the process gets `profile`. If another descendant of a
/// client started it (a shell or an agent that the client runs), the process gets no more rights
/// than the client has.
Result<ActingFor> act_for_launch(const Places& places, const std::string& profile);
/// Disables the servers in `acting.waiting`, whose new configuration a person must first allow with
/// `callgate reload`.
void leave_out_waiting(Config& config, const ActingFor& acting);

}  // namespace callgate
