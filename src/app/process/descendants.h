// Finds processes by their parents or their environment, as /proc reports them, and ends them.
// Never goes by a process's name.
#pragma once

#include <string>
#include <vector>

namespace callgate {

/// The first argument of a warden, by which it is recognised.
inline constexpr const char* kWardenArgument = "--callgate-warden";

/// Returns `root` and all processes that are below it now, at most about 10,000. Returns an empty
/// list on systems other than Linux.
std::vector<int> process_tree(int root);

/// Stops and then kills all processes that are below the calling process now. Stops parents before
/// it looks for their children, because a stopped parent cannot start more. The caller must wait
/// for the killed processes, and call this again until none is left, because one call may miss
/// some. Does nothing on systems other than Linux.
void kill_descendants();
/// Stops and then kills the process `root` and all processes below it, in the way that
/// kill_descendants() does.
void kill_tree(int root);

/// True if the process belongs to one of `runs`: the CALLGATE_RUN with which it was started names
/// that run, or it is a warden of that run.
bool carries_run(int pid, const std::vector<std::string>& runs);

/// Kills the processes whose CALLGATE_RUN names one of `dead_runs`, and returns how many it killed.
/// `dead_runs` are gate processes that have certainly ended. Spares this process and the processes
/// above it. A gate calls this when it starts, because processes of servers outlive an earlier gate
/// if their warden was killed, too. Reads /proc, which blocks. Does nothing on macOS.
int sweep_leftovers(const std::vector<std::string>& dead_runs);

}  // namespace callgate
