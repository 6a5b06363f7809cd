// The warden: our own binary re-executed as the parent of one child. It is a subreaper, so every descendant that loses its
// parent becomes its own; when the gate's pipe closes it kills them all. No library is used in it.
#pragma once

#include <string>
#include <vector>

namespace callgate {

/// argv[1] that makes main() become a warden, before anything else is set up.
inline constexpr const char* kWardenArgument = "--callgate-warden";

/// Never returns to main's other work; the exit status is the child's.
int warden_main(int argc, char** argv);

/// Kills processes that carry CALLGATE_RUN of one of these runs (proven dead by the caller). For start-up, after a warden
/// was killed too. Blocking; reads /proc (on macOS: does nothing). Returns how many were killed.
int sweep_leftovers(const std::vector<std::string>& dead_runs);

}  // namespace callgate
