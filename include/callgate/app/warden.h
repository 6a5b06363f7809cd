// The warden: our own binary, executed a second time as the parent of one child. On Linux it is a
// subreaper: a descendant of the child that loses its parent becomes a child of the warden. A
// socket connects the warden and its gate. When the gate ends, the socket closes, and the warden
// kills the child and all its descendants: at once or, if the gate has already given it times for
// the child's end (src/app/children/warden_protocol.h), at these times. The warden uses no
// third-party library.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace callgate {

/// True if this process was started as a warden. Then main() calls warden_main() before it sets up
/// anything else.
bool is_warden_call(int argc, char** argv);

/// Runs the warden until no process is left below it, and returns the exit status of the program.
/// main() must do nothing else.
int warden_main(int argc, char** argv);

/// The soft limits (see setrlimit) that a child gets; 0 leaves a limit as it is.
struct ChildLimits {
  uint64_t open_files = 0;
  uint64_t core_file = 0;
};

/// Sets the limits of this gate process. Returns its earlier limits, which the children get. The
/// gate may open as many files as the system allows. The children do not inherit that, because
/// programs that use select() fail with descriptors above 1023. The gate writes no core files,
/// because its memory contains the secrets of all servers.
ChildLimits set_gate_limits();

}  // namespace callgate
