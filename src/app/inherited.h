// Processes that become our children because their own parent is gone.
//
// A warden is the subreaper of its server, so whatever loses its parent there becomes its own. A
// server that kills its warden would be nobody's: the gate is a subreaper as well, ends what it
// inherits in this way and waits for it. What comes from elsewhere is spared: children that the
// process had before it became a gate, and what programs leave that are run for their answer (an
// agent that keeps a password, for example).
//
// Linux only. macOS has no subreapers: an orphan becomes launchd's, and there is no list of a
// process's former descendants.
#pragma once

#include <string>

#include "callgate/io/loop.h"

namespace callgate {

/// One in a process, as long as its gate runs. Loop's thread.
class InheritedProcesses {
 public:
  InheritedProcesses(Loop& loop, std::string run_id);
  ~InheritedProcesses();

 private:
  void sweep();

  std::string run_id_;
  SignalWatch child_ended_;
};

/// Held while a program is run for its answer, by whoever waits for it: meanwhile no child that
/// this process does not know is ended or waited for. Any thread.
class ProgramRuns {
 public:
  ProgramRuns();
  ~ProgramRuns();
  ProgramRuns(const ProgramRuns&) = delete;
};

}  // namespace callgate
