// Starts a process and reports its end.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/io/loop.h"

namespace callgate {

struct SpawnOptions {
  std::string file;               ///< looked up in the PATH of `env` if `file` has no slash
  std::vector<std::string> args;  ///< argv, argv[0] included
  std::vector<std::string> env;   ///< "NAME=value"; the process gets no other variables
  std::string cwd;                ///< empty: our working folder
  /// The descriptors that the process gets as 0, 1, 2 and so on; -1 means /dev/null. The
  /// descriptors stay open in our process, and the caller of spawn() closes them.
  std::vector<int> fds;
};

/// A running process. It has a session and process group of its own (setsid), and the default
/// actions for all signals. Destroying this object does not kill the process. While the loop runs,
/// the loop still waits for the process's end, so that no zombie is left. But the process does not
/// keep the loop running.
class Process {
 public:
  /// Errors: "io.spawn" with the system's reason. `on_exit` gets the exit status, or 128 + the
  /// number of the signal that ended the process.
  static Result<std::unique_ptr<Process>> spawn(Loop& loop, const SpawnOptions& options,
                                                std::function<void(int status)> on_exit);
  ~Process();
  /// True if spawn() started the process with this id and nobody has waited for its end yet. May be
  /// called from any thread.
  static bool has_started(int pid);
  int pid() const;
  /// Sends `signal` to the whole process group. Does nothing once the process has exited.
  void kill(int signal);

 private:
  struct Cell;
  struct Close {
    void operator()(Cell*) const;
  };
  explicit Process(Cell* cell);
  std::unique_ptr<Cell, Close> cell_;
};

}  // namespace callgate
