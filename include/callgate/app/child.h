// One process of a server behind its warden: pipes, lines, stderr, and an end that is reported
// exactly once.
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
  std::vector<std::string> argv;  ///< command first; looked up in the PATH of `env`
  std::vector<std::string> env;   ///< "NAME=value", complete
  std::string cwd;                ///< empty: ours
  std::string run_id;             ///< becomes CALLGATE_RUN
  ChildStdio stdio = ChildStdio::Auto;
  size_t line_limit = size_t{16} << 20;
  size_t queue_limit = size_t{32} << 20;
  size_t stderr_kept = size_t{1} << 20;
  ChildLimits limits;  ///< see set_gate_limits
  std::string warden;  ///< a program whose main() calls warden_main; empty: this one
};

/// From now on: when the group gets SIGTERM, and when every descendant is killed.
struct ChildEndTimes {
  Millis terminate{}, kill{};
};

struct ChildEvents {
  /// Masks what it wrote to its standard error before that is logged or told; may be empty.
  std::function<std::string(std::string, Cut)> mask;
  /// Once, if the command could be executed, before anything else; may be empty.
  std::function<void(int pid)> on_running;
  std::function<void(std::string&&)> on_line;
  std::function<void(std::string_view head)> on_too_long;
  /// Once: the process has ended and its output is read to the end (or 250 ms later if something
  /// still holds the pipe). `reason` reads after the server's name: "exited with status 1", "was
  /// killed by signal 9 (Killed)". `never_ran`: the command could not be executed and `reason` says
  /// why, with a code ("child.not_found", "child.not_executable", "child.cwd", "child.start") and
  /// the next step.
  /// `stderr_tail`: its last lines, at most 20, at most 4 KiB.
  std::function<void(std::string reason, std::string stderr_tail, bool never_ran)> on_gone;
};

/// States Starting → Running → Draining → Gone. Everything it started dies with it, and with us
/// (see warden.h). Loop's thread. Callbacks never come from within a call of ours; they may destroy
/// the child.
class Child {
 public:
  /// Errors: "child.start". Nothing is left open then.
  static Result<std::unique_ptr<Child>> start(Loop& loop, ChildOptions options, ChildEvents events);
  /// Kills what is left, at once; after stop() it is the warden that does so, on time.
  ~Child();
  /// Without line end; false when the queue is full, or the child's stdin is closed.
  bool send(std::string bytes);
  int pid() const;  ///< the server's own process; 0 until the warden has told it
  /// All that is kept of its standard error, masked.
  std::string stderr_text() const;
  /// It exited by itself with status 0; known when on_gone is called.
  bool exited_with_zero() const;
  /// Closes stdin; the warden keeps the times, even after our end. on_gone follows. A second call
  /// can only shorten the times.
  void stop(ChildEndTimes times);

 private:
  struct Impl;
  explicit Child(std::shared_ptr<Impl> impl);
  /// Shared with the loop's next turn only: a callback that destroys the child returns into it.
  std::shared_ptr<Impl> impl_;
};

}  // namespace callgate
