// Finding and ending processes by what /proc says. Never by name.
#pragma once

namespace callgate {

/// Stops, then kills, all processes below us as they are now, from the top down, so that a stopped
/// parent makes no more of them. Once; the caller reaps and repeats until none is left. Elsewhere
/// than on Linux: does nothing.
void kill_descendants();

}  // namespace callgate
