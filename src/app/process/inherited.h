// Ends processes that become our children because their own parent has ended.
//
// A warden is a subreaper: a process of its server that loses its parent becomes the warden's
// child. If a server kills its warden, the server's processes become children of the gate, because
// the gate is a subreaper, too. The gate kills these processes and waits for their end. The gate
// spares its other children. These are children that this process had before it became a gate, and
// background processes that were started by a program which the gate ran for its answer (an agent
// that keeps a password, for example).
//
// Does nothing on macOS, which has no subreapers: a process that loses its parent becomes a child
// of launchd, and the system does not report from which process it descends.
#pragma once

#include <string>

#include "callgate/io/loop.h"

namespace callgate {

/// A process has one such object, as long as its gate runs. Used on the loop's thread.
class InheritedProcesses {
 public:
  InheritedProcesses(Loop& loop, std::string run_id);
  ~InheritedProcesses();

 private:
  void sweep_soon();
  bool sweep();

  std::string run_id_;
  SignalWatch child_ended_;
  Timer again_;
};

/// Exists while a thread runs a program for its answer. The program is a child that
/// InheritedProcesses does not know, so while a ProgramRuns exists, InheritedProcesses does not
/// wait for unknown children and does not kill unknown children without our CALLGATE_RUN. Used on
/// any thread.
class ProgramRuns {
 public:
  ProgramRuns();
  ~ProgramRuns();
  ProgramRuns(const ProgramRuns&) = delete;

 private:
  static bool ended();
};

}  // namespace callgate
