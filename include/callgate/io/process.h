// Starting a process and learning of its end.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/io/loop.h"

namespace callgate {

struct SpawnOptions {
  std::string file;               ///< looked up in the PATH of `env` when it holds no slash
  std::vector<std::string> args;  ///< argv, argv[0] included
  std::vector<std::string> env;   ///< "NAME=value", all there is
  std::string cwd;                ///< empty: ours
  std::vector<int>
      fds;  ///< inherited as 0, 1, 2 …; -1 is /dev/null. The caller closes its copies afterwards
};

/// A running process in a session and group of its own (setsid), with default signal dispositions.
/// Destroying it forgets the process; it doesn't kill. A forgotten process is still reaped while
/// the loop runs, and does not keep the loop going.
class Process {
 public:
  /// Errors "io.spawn" with the system's reason. `on_exit` gets the exit status, or 128 + the
  /// signal that ended it.
  static Result<std::unique_ptr<Process>> spawn(Loop& loop, const SpawnOptions& options,
                                                std::function<void(int status)> on_exit);
  ~Process();
  /// A process of this number was started here, and it has not been waited for. Any thread.
  static bool has_started(int pid);
  int pid() const;
  /// To its whole group; nothing once it has exited.
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
