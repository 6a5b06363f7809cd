// The warden: our own binary, executed again as the parent of one child. It is a subreaper, so
// every descendant of the child that loses its parent becomes a child of the warden. When the
// gate's end of their socket closes, the warden kills them all (unless it has times for the child's
// end, see src/app/warden_protocol.h). It uses no library.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace callgate {

/// The argv[1] that makes main() become a warden, before anything else is set up.
inline constexpr const char* kWardenArgument = "--callgate-warden";

/// Runs the warden and returns the exit status: 0, once no process is left below it. main() must do
/// nothing else.
int warden_main(int argc, char** argv);

/// The soft limits that a child gets; 0: unchanged.
struct ChildLimits {
  uint64_t open_files = 0;
  uint64_t core_file = 0;
};

/// Sets the limits of this gate process and returns the earlier ones, which its children get. The
/// gate may open as many files as the system allows, but a program that uses select() must not
/// inherit more than it expects. The gate writes no core files, because its memory holds the
/// secrets of all servers.
ChildLimits set_gate_limits();

/// Kills the processes whose CALLGATE_RUN names one of these runs (which the caller has proven
/// dead), but neither this process nor those above it. Called at start-up, for processes whose
/// warden was killed too. Blocking; reads /proc (on macOS it does nothing). Returns how many
/// processes it killed.
int sweep_leftovers(const std::vector<std::string>& dead_runs);

}  // namespace callgate
