// The event loop: one thread that waits for descriptors, for deadlines and for tasks that other
// threads post. Only the io directory uses libuv.
#pragma once

#include <functional>
#include <memory>

#include "callgate/base/time.h"

namespace callgate {

/// A thread can have one loop. A loop is used only on the thread that built it. The same holds for
/// all objects of io/ that use the loop, unless their comments name other threads; they must be
/// destroyed before the loop. The first loop makes the process ignore SIGPIPE, so that writing to a
/// broken pipe is an error of its stream and does not end the process.
class Loop {
 public:
  Loop();
  /// Fails an ENSURE if a stream, timer or other object still uses the loop. Processes whose
  /// Process object was destroyed while they ran are allowed.
  ~Loop();
  Loop(const Loop&) = delete;

  /// Runs until stop() is called, or until nothing is left to wait for. Before it returns, it
  /// writes the output of the last turn as far as the kernel accepts it.
  void run();
  void stop();
  /// Posts `task`, which the loop then runs on its own thread. Tasks run in the order in which they
  /// were posted. If the loop ends first, it destroys `task` without running it. A posted task does
  /// not keep run() from returning. May be called from any thread.
  void post(std::function<void()> task);
  /// Sets the only hook of the loop. The loop calls the hook once per turn: after it has handled
  /// all events of the turn, and before it writes output and sleeps. So the hook can do work for
  /// all events of a turn together (one commit, for example). The hook may write to streams.
  void on_turn_end(std::function<void()> hook);
  /// Returns the present time, not the time at which the turn began.
  Now now() const;

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// Calls `on_fire` once per start(), never early, and usually at most about 1 ms late. A timer that
/// is late because the process could not run waits a little longer (time_to_read() in lateness.h).
/// Destroying or restarting a timer cancels the earlier start().
class Timer {
 public:
  explicit Timer(Loop& loop);
  ~Timer();
  void start(Millis delay, std::function<void()> on_fire);
  void stop();

 private:
  struct Cell;
  struct Close {
    void operator()(Cell*) const;
  };
  std::unique_ptr<Cell, Close> cell_;
};

/// Calls `on_signal` on the loop for each arrival of one signal. Several arrivals may be merged
/// into one.
class SignalWatch {
 public:
  SignalWatch(Loop& loop, int signal, std::function<void()> on_signal);
  ~SignalWatch();

 private:
  struct Cell;
  struct Close {
    void operator()(Cell*) const;
  };
  std::unique_ptr<Cell, Close> cell_;
};

}  // namespace callgate
