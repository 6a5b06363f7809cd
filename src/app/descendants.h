// Finds and ends processes by what /proc reports, never by their names.
#pragma once

#include <string>
#include <vector>

namespace callgate {

/// Returns `root` and all processes that are below it now, at most 10,000. Empty on systems other
/// than Linux.
std::vector<int> process_tree(int root);

/// Stops and then kills all processes that are below us now, from the top down, so that a stopped
/// parent starts no more of them. Makes one pass: the caller waits for the ended processes and
/// repeats until none is left. Does nothing on systems other than Linux.
void kill_descendants();
/// The same for one process and all processes below it.
void kill_tree(int root);

/// Returns the children of all threads of this process, including those that have ended and that
/// nobody has waited for.
std::vector<int> own_children();
/// True if the process has ended and its parent has not waited for it.
bool is_zombie(int pid);
/// True if the environment that the process was started with names one of these runs, or if it is a
/// warden of one.
bool carries_run(int pid, const std::vector<std::string>& runs);

}  // namespace callgate
