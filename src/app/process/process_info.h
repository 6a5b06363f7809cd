// What the system reports about processes: on Linux the files of /proc, on macOS its calls. A
// process may end at any time, and most of this can't be read of a process of another user, or of
// a process that hides itself (see hide_this_process()). Then each function returns 0 or nothing.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace callgate {

int64_t parent_of(int64_t pid);
/// Returns the children that any thread of the process has started, including zombies (ended
/// children that nobody has waited for). Reads at most `most_threads` threads.
std::vector<int> children_of(int64_t pid, size_t most_threads = SIZE_MAX);
/// Returns the path of the program that the process runs.
std::string program_of(int64_t pid);
/// True if the process has the same mounts, users and network as this process. Always true on
/// systems without namespaces.
bool shares_namespaces(int64_t pid);
/// Returns a path at which the program of this process can be executed again.
std::string own_program();
std::string working_folder_of(int64_t pid);
std::optional<uid_t> user_of(int64_t pid);
uint64_t resident_bytes(int64_t pid);
/// Returns for example "exited with status 1" or "was killed by signal 9 (Killed)". `status` is
/// what waitpid returned.
std::string end_reason(int status);
/// True if the process has ended, but its parent has not waited for it yet.
bool is_zombie(int64_t pid);
/// True if the process has ended, or is about to: it was killed, or is giving back its memory.
bool is_ending(int64_t pid);

#ifdef __linux__
std::vector<int> all_processes();
/// True if the kernel lists the children of a process. If not, children_of() reads all processes.
bool has_child_lists();
/// Returns the ids of at most `most` threads of the process.
std::vector<int> threads_of(int64_t pid, size_t most = SIZE_MAX);
/// Returns the file that has the name of a thread; the first thread has the id of the process.
std::string name_file_of(int64_t pid, int thread);
/// Returns the name that the process has given itself, or else the beginning of its program's name.
std::string name_of(int64_t pid);
std::vector<std::string> arguments_of(int64_t pid);
/// Returns the variables with which the process was started, each as NAME=value.
std::vector<std::string> environment_of(int64_t pid);
/// Returns the control groups of the process, as lines.
std::string control_groups_of(int64_t pid);
#endif

}  // namespace callgate
