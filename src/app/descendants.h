// Finding and ending processes by what /proc says. Never by name.
#pragma once

#include <string>
#include <vector>

namespace callgate {

/// `root` and all processes below it as they are now, at most 10,000. Empty elsewhere than on
/// Linux.
std::vector<int> process_tree(int root);

/// Stops, then kills, all processes below us as they are now, from the top down, so that a stopped
/// parent makes no more of them. Once; the caller reaps and repeats until none is left. Elsewhere
/// than on Linux: does nothing.
void kill_descendants();
/// The same for one process and all below it.
void kill_tree(int root);

/// The children of this process, of all its threads; also those that have ended and that nobody has
/// waited for.
std::vector<int> own_children();
/// It has ended, and its parent has not waited for it.
bool is_zombie(int pid);
/// Its environment, as it was when its program was started, names one of these runs.
bool carries_run(int pid, const std::vector<std::string>& runs);

}  // namespace callgate
