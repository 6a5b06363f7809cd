// Starts a process and reports its end.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/io/loop.h"
#include "callgate/io/spawn.h"

namespace callgate {

/// A running process. It has a session and process group of its own (setsid), and the default
/// actions for all signals. Destroying this object does not kill the process. While the loop runs,
/// the loop still waits for the process's end, so that no zombie is left. But the process does not
/// keep the loop running.
class Process {
 public:
  /// Starts a process. It gets a session of its own in any case, and `file` is looked up in the
  /// PATH of `env` if it has no slash. Errors: "io.spawn" with the system's reason. `on_exit` gets
  /// the exit status, or 128 + the number of the signal that ended the process.
  static Result<std::unique_ptr<Process>> spawn(Loop& loop, const SpawnOptions& options,
                                                std::function<void(int status)> on_exit);
  ~Process();
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
