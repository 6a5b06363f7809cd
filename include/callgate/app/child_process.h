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

#include "callgate/app/child_link.h"
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

/// The states are Starting → Running → Draining → Gone. The warden kills every process that the
/// child has started when the child ends, and when this gate process ends (see warden.h). Used on
/// the loop's thread. A member function never calls a callback. Callbacks may destroy the
/// ChildProcess.
class ChildProcess final : public ChildLink {
 public:
  /// Starts a child. Error: "child.start". In case of an error, no process and no pipe is left.
  static Result<std::unique_ptr<ChildProcess>> start(Loop& loop, ChildOptions options,
                                                     ChildEvents events);
  /// Makes the warden kill the child and all its descendants: at once, or, if stop() was called, at
  /// the times that stop() got.
  ~ChildProcess() override;
  /// Queues `bytes` and a line end for the child's stdin. Returns false if the queue is full or the
  /// child's stdin is closed.
  bool send(std::string bytes) override;
  int pid() const;  ///< the process of the server itself, not of its warden; 0 until it has started
  std::string stderr_text() const override;
  /// Closes the child's stdin, and makes the warden end the child at the given times, even if this
  /// gate process ends before. on_gone is called when the child has ended. A second call can only
  /// shorten the times.
  void stop(ChildEndTimes times) override;

 private:
  struct Impl;
  explicit ChildProcess(std::shared_ptr<Impl> impl);
  /// Shared only with a task that the destructor posts to the loop: a callback that destroys the
  /// ChildProcess returns into a function of Impl, so Impl must live until the next turn.
  std::shared_ptr<Impl> impl_;
};

}  // namespace callgate
