// Finding and ending processes by what /proc says. Never by name.
#pragma once

#include <vector>

namespace callgate {

/// `root` and all processes below it as they are now, at most 10,000. Empty elsewhere than on
/// Linux.
std::vector<int> process_tree(int root);

/// Stops, then kills, all processes below us as they are now, from the top down, so that a stopped
/// parent makes no more of them. Once; the caller reaps and repeats until none is left. Elsewhere
/// than on Linux: does nothing.
void kill_descendants();

}  // namespace callgate
