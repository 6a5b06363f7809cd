// Runs one process of a server under its warden (see warden.h). Owns the pipes, cuts the output
// into lines, keeps the last part of stderr, and reports the end exactly once.
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
#include "callgate/gate/ports.h"
#include "callgate/io/loop.h"
#include "callgate/protect/masker.h"

namespace callgate {

struct ChildOptions {
  std::string server;             ///< the server's name in the configuration, for log lines
  std::vector<std::string> argv;  ///< the command first; it is looked up in the PATH of `env`
  std::vector<std::string> env;   ///< the complete environment, as "NAME=value"
  std::string cwd;                ///< the working folder; if empty, that of this process
  std::string run_id;             ///< the value of CALLGATE_RUN in the child's environment
  ChildStdio stdio = ChildStdio::Auto;
  size_t line_limit = size_t{16} << 20;
  size_t queue_limit = size_t{32} << 20;
  size_t stderr_kept = size_t{1} << 20;
  ChildLimits limits;  ///< the soft limits of the child; see set_gate_limits()
  std::string warden;  ///< the program to run as the warden; if empty, this program
};

/// The time from now until the child's process group gets SIGTERM, and the time from now until the
/// child and all its descendants are killed.
struct ChildEndTimes {
  Millis terminate{}, kill{};
};

struct ChildEvents {
  /// Masks secrets in what the child wrote to stderr, before the text is logged or reported. May be
  /// empty.
  std::function<std::string(std::string, Cut)> mask;
  /// Called once, before all other events, when the system has executed the command. May be empty.
  std::function<void(int pid)> on_running;
  std::function<void(std::string&&)> on_line;
  std::function<void(std::string_view head)> on_too_long;
  /// Called once, when the process has ended and its output has been read to the end (or 250 ms
  /// after the process ended, if another process still holds the pipe open). If the command could
  /// not be executed, ChildEnd::not_started has the code "child.not_found",
  /// "child.not_executable", "child.cwd" or "child.start". ChildEnd::stderr_tail has at most 20
  /// lines and 4 KiB.
  std::function<void(ChildEnd)> on_gone;
};

/// The states are Starting → Running → Draining → Gone. The warden kills every process that the
/// child has started when the child ends, and when this gate process ends (see warden.h). Used on
/// the loop's thread. A member function never calls a callback. Callbacks may destroy the
/// ChildProcess.
class ChildProcess {
 public:
  /// Starts a child. Error: "child.start". In case of an error, no process and no pipe is left.
  static Result<std::unique_ptr<ChildProcess>> start(Loop& loop, ChildOptions options,
                                                     ChildEvents events);
  /// Makes the warden kill the child and all its descendants: at once, or, if stop() was called, at
  /// the times that stop() got.
  ~ChildProcess();
  /// Queues `bytes` and a line end for the child's stdin. Returns false if the queue is full or the
  /// child's stdin is closed.
  bool send(std::string bytes);
  int pid() const;  ///< the process of the server itself, not of its warden; 0 until it has started
  /// Returns the part of the child's stderr that is kept (the last `stderr_kept` bytes), with
  /// secrets masked.
  std::string stderr_text() const;
  /// Closes the child's stdin, and makes the warden end the child at the given times, even if this
  /// gate process ends before. on_gone is called when the child has ended. A second call can only
  /// shorten the times.
  void stop(ChildEndTimes times);

 private:
  struct Impl;
  explicit ChildProcess(std::shared_ptr<Impl> impl);
  /// Shared only with a task that the destructor posts to the loop: a callback that destroys the
  /// ChildProcess returns into a function of Impl, so Impl must live until the next turn.
  std::shared_ptr<Impl> impl_;
};

}  // namespace callgate
