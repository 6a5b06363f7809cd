// Runs one process of a server under its warden. Owns the pipes, cuts the output into lines, keeps
// stderr, and reports the end exactly once.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "callgate/app/warden.h"
#include "callgate/base/result.h"
#include "callgate/config/config.h"
#include "callgate/io/loop.h"
#include "callgate/protect/masker.h"

namespace callgate {

struct ChildOptions {
  std::string server;             ///< configured name, for log lines
  std::vector<std::string> argv;  ///< the command first; it is looked up in the PATH of `env`
  std::vector<std::string> env;   ///< the complete environment, as "NAME=value"
  std::string cwd;                ///< the working folder; empty: ours
  std::string run_id;             ///< becomes CALLGATE_RUN
  ChildStdio stdio = ChildStdio::Auto;
  size_t line_limit = size_t{16} << 20;
  size_t queue_limit = size_t{32} << 20;
  size_t stderr_kept = size_t{1} << 20;
  ChildLimits limits;  ///< see set_gate_limits
  std::string warden;  ///< a program whose main() calls warden_main; empty: this program
};

/// The times from now until the child's process group gets SIGTERM, and until every descendant is
/// killed.
struct ChildEndTimes {
  Millis terminate{}, kill{};
};

struct ChildEvents {
  /// Masks what the child wrote to stderr before it is logged or reported. May be empty.
  std::function<std::string(std::string, Cut)> mask;
  /// Called once, before all other events, if the command could be executed. May be empty.
  std::function<void(int pid)> on_running;
  std::function<void(std::string&&)> on_line;
  std::function<void(std::string_view head)> on_too_long;
  /// Called once, when the process has ended and its output has been read to the end (or 250 ms
  /// later, if another process still holds the pipe open). `reason` is worded to follow the
  /// server's name: "exited with status 1", "was killed by signal 9 (Killed)". `never_ran`: the
  /// command could not be executed, and `reason` contains the cause, a code ("child.not_found",
  /// "child.not_executable", "child.cwd", "child.start") and the next step. `stderr_tail`: the last
  /// lines of stderr, at most 20 lines and 4 KiB.
  std::function<void(std::string reason, std::string stderr_tail, bool never_ran)> on_gone;
};

/// The states are Starting → Running → Draining → Gone. Every process that the child started is
/// killed when the child ends, and when we end (see warden.h). Used on the loop's thread. Callbacks
/// never come from within a member function; they may destroy the child.
class Child {
 public:
  /// Starts a child. Error: "child.start"; nothing is left open then.
  static Result<std::unique_ptr<Child>> start(Loop& loop, ChildOptions options, ChildEvents events);
  /// Kills the processes that are left at once. After stop() the warden kills them, at the given
  /// time.
  ~Child();
  /// Queues `bytes`, which has no line end, for the child's stdin. Returns false if the queue is
  /// full or the child's stdin is closed.
  bool send(std::string bytes);
  int pid() const;  ///< the server's own process; 0 until the warden has reported it
  /// Returns what is kept of the child's stderr, masked.
  std::string stderr_text() const;
  /// True if the child exited by itself with status 0. Known when on_gone is called.
  bool exited_with_zero() const;
  /// Closes stdin. The warden keeps the times, even after we have ended. on_gone follows. A second
  /// call can only shorten the times.
  void stop(ChildEndTimes times);

 private:
  struct Impl;
  explicit Child(std::shared_ptr<Impl> impl);
  /// Shared only with a task of the loop's next turn, because a callback that destroys the child
  /// returns into the Impl.
  std::shared_ptr<Impl> impl_;
};

}  // namespace callgate
