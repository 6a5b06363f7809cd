// The warden: our own binary re-executed as the parent of one child. It is a subreaper, so every
// descendant that loses its parent becomes its own; when the gate's descriptor closes it kills them
// all. No library is used in it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace callgate {

/// argv[1] that makes main() become a warden, before anything else is set up.
inline constexpr const char* kWardenArgument = "--callgate-warden";

/// Never returns to main's other work; the exit status is 0 once nothing is left below it.
int warden_main(int argc, char** argv);

/// Soft limits that a child gets; 0: as they are.
struct ChildLimits {
  uint64_t open_files = 0;
  uint64_t core_file = 0;
};

/// Sets the limits of a gate and returns those that its children get. Open files: as many as the
/// system lets us have, while a program that uses select() must not inherit more than it expects.
/// Core files: none, for our memory holds the secrets of all servers.
ChildLimits set_gate_limits();

/// Kills processes that carry CALLGATE_RUN of one of these runs (proven dead by the caller), but
/// neither us nor those above us. For start-up, after a warden was killed too. Blocking; reads
/// /proc (on macOS: does nothing). Returns how many were killed.
int sweep_leftovers(const std::vector<std::string>& dead_runs);

}  // namespace callgate
