// Starts a process with posix_spawn(). Process in process.h also reports the process's end.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/io/descriptor.h"

namespace callgate {

struct SpawnOptions {
  std::string file;               ///< the program's path
  std::vector<std::string> args;  ///< argv, argv[0] included
  std::vector<std::string> env;   ///< "NAME=value"; the process gets no other variables
  std::string cwd;                ///< empty: our working folder
  /// The descriptors that the process gets as 0, 1, 2 and so on; -1 means /dev/null. The
  /// descriptors stay open in our process, and the caller closes them.
  std::vector<int> fds;
  /// Whether the process gets a session of its own, and so no terminal. In any case it gets a
  /// process group of its own.
  bool own_session = true;
};

/// Starts a process, which has the default actions for all signals, and returns its id. The caller
/// waits for its end (waitpid). The function returns when the system has executed the program,
/// which takes some milliseconds on a busy machine. May be called from any thread. Error:
/// "io.spawn"; then `system_error`, if given, gets the errno value.
Result<int> spawn_process(const SpawnOptions& options, int* system_error = nullptr);

/// Does the same on a thread of its own, so that the caller does not wait. The end of
/// the process is not reported; collect_spawned() waits for it. `fds` are closed when the process
/// has been started, and SpawnOptions::fds has their numbers. If the process cannot be started,
/// `failed` is called before that with the errno value, usually on that thread.
void spawn_aside(SpawnOptions options, std::vector<Descriptor> fds,
                 std::function<void(int system_error)> failed);
/// Waits for the processes from spawn_aside() that have ended, so that no zombies are left. Does
/// not block. To be called at each SIGCHLD, from any thread.
void collect_spawned();

/// True if spawn_aside() or Process::spawn() started the process with this id and nobody has waited
/// for its end yet. May be called from any thread.
bool has_spawned(int pid);
/// True while spawn_aside() starts a process. Meanwhile there may be a process that has_spawned()
/// does not know yet. May be called from any thread.
bool is_spawning();

}  // namespace callgate
