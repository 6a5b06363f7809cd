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
  std::string file;               ///< looked up in the PATH of `env` if it has no slash
  std::vector<std::string> args;  ///< argv, argv[0] included
  std::vector<std::string> env;   ///< "NAME=value"; nothing else is inherited
  std::string cwd;                ///< empty: our working folder
  /// Inherited as 0, 1, 2 …; -1 means /dev/null. The caller closes its copies afterwards.
  std::vector<int> fds;
};

/// A running process in a session and process group of its own (setsid), with default signal
/// dispositions. Destroying this object does not kill the process but forgets it. A forgotten
/// process is still reaped while the loop runs, and does not keep the loop running.
class Process {
 public:
  /// Errors: "io.spawn" with the system's reason. `on_exit` gets the exit status, or 128 + the
  /// signal that ended the process.
  static Result<std::unique_ptr<Process>> spawn(Loop& loop, const SpawnOptions& options,
                                                std::function<void(int status)> on_exit);
  ~Process();
  /// Any thread. True if a process with this id was started here and has not been reaped yet.
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
