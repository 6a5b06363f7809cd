// Processes that become our children because their own parent is gone.
//
// A warden is the subreaper of its server: a process of the server that loses its parent becomes
// the warden's child. When a server kills its warden, the gate inherits the server's processes, as
// it is a subreaper too. It ends them and waits for them. It spares other children: those that the
// process had before it became a gate, and those that are left by a program which was run for its
// answer (an agent that keeps a password, for example).
//
// Linux only. macOS has no subreapers: an orphan becomes launchd's, and there is no list of a
// process's former descendants.
#pragma once

#include <string>

#include "callgate/io/loop.h"

namespace callgate {

/// One per process, which exists as long as the process's gate runs. Used on the loop's thread.
class InheritedProcesses {
 public:
  InheritedProcesses(Loop& loop, std::string run_id);
  ~InheritedProcesses();

 private:
  void sweep();

  std::string run_id_;
  SignalWatch child_ended_;
};

/// Exists while a thread runs a program for its answer. Meanwhile this process ends and waits for
/// no child that it does not know. Any thread.
class ProgramRuns {
 public:
  ProgramRuns();
  ~ProgramRuns();
  ProgramRuns(const ProgramRuns&) = delete;
};

}  // namespace callgate
