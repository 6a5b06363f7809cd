// What a child of a server is to the gate process: lines in both directions, and an end. A child is
// a process (child_process.h) or a session with a remote server (remote_child.h).
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "callgate/base/time.h"
#include "callgate/gate/ports.h"
#include "callgate/protect/masker.h"

namespace callgate {

/// The time from now until the child's process group gets SIGTERM, and the time from now until the
/// child and all its descendants are killed. The session with a remote server has `terminate` to
/// end.
struct ChildEndTimes {
  Millis terminate{}, kill{};
};

struct ChildEvents {
  /// Masks secrets in what the child wrote to stderr, before the text is logged or reported. May be
  /// empty.
  std::function<std::string(std::string, Cut)> mask;
  /// Called once, before all other events, when the system has executed the command. `pid` is 0 for
  /// a remote server. May be empty.
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

/// Used on the loop's thread. A member function never calls a callback. Callbacks may destroy the
/// ChildLink. Its destructor ends the child at once, unless stop() has given it more time.
class ChildLink {
 public:
  virtual ~ChildLink() = default;
  /// Queues one message, which has no line end. Returns false if the queue is full, or if the child
  /// takes no input any more.
  virtual bool send(std::string bytes) = 0;
  /// Returns the part of the child's stderr that is kept (the last `stderr_kept` bytes), with
  /// secrets masked. A remote server has none.
  virtual std::string stderr_text() const { return ""; }
  /// Ends the child at the given times. on_gone is called when it has ended. A second call can only
  /// shorten the times.
  virtual void stop(ChildEndTimes times) = 0;
};

}  // namespace callgate
