// The shared gate: one gate process for all clients of a user. A callgate that a client launches
// passes its stdin and stdout to the shared gate and then only waits. This callgate is the front.
#pragma once

#include <string>

#include "callgate/app/gate_process.h"
#include "callgate/base/time.h"

namespace callgate {

struct FrontOptions {
  Places places;
  std::string config;   ///< the absolute path of the configuration
  std::string profile;  ///< applies to this client; "": none
  Millis limit;         ///< for connecting and the gate's answer, for each gate again
};

/// True if a client with this stdin or stdout can be passed to the shared gate: a pipe, a socket or
/// a terminal, for which the loop can wait. A file on a disk that does not answer would hold up all
/// clients.
bool can_be_passed(int descriptor);

/// Passes the client to the shared gate, which is started if it does not run, and waits until the
/// session has ended. If the shared gate dies, another one goes on with the session. Returns "" if
/// the session has ended in order, otherwise why no gate can go on with it. Blocking; called before
/// this process has a loop. Replaces the handlers of SIGTERM, SIGINT and SIGHUP. Errors
/// ("attach.…", "io.…"): the shared gate does not serve this client, so the caller must serve it.
/// This process has read nothing of the client's messages. Then `journal` is what earlier gates
/// left of the session, for run_stdio(), or no descriptor if there was no earlier gate.
Result<std::string> serve_through_shared_gate(const FrontOptions& options, Descriptor& journal);

/// Runs the shared gate. It ends `idle_exit` after the end of its last session, or at SIGTERM,
/// SIGINT or SIGHUP. Errors: "io.in_use" (another process is the shared gate), "io.listen", and
/// those of GateProcess::open().
Status run_shared_gate(GateProcessOptions options);

}  // namespace callgate
