// The event loop: one thread that waits for descriptors, for deadlines and for tasks that other
// threads post. Only this room uses libuv.
#pragma once

#include <functional>
#include <memory>

#include "callgate/base/time.h"

namespace callgate {

/// One per thread, used only on the thread that built it. Everything in io/ belongs to that thread
/// unless its comment says otherwise, and must be destroyed before the loop. The first loop makes
/// the process ignore SIGPIPE: a broken pipe is an error of its stream.
class Loop {
 public:
  Loop();
  /// Fails an ENSURE if anything is still open, except processes that were forgotten while they
  /// ran.
  ~Loop();
  Loop(const Loop&) = delete;

  /// Runs until stop(), or until nothing is left to wait for. Before it returns, it writes the
  /// output of the last turn as far as the kernel accepts it.
  void run();
  void stop();
  /// Any thread. Runs `task` on the loop's thread, in the order of posting. If the loop ends first,
  /// `task` is destroyed without being run. Posted tasks do not keep run() going.
  void post(std::function<void()> task);
  /// Sets the one hook that runs once per turn: after all events of the turn were handled, before
  /// output is written and the loop sleeps. This is where a turn's work is grouped. The hook may
  /// write to streams.
  void on_turn_end(std::function<void()> hook);
  /// The present time, not that of the turn's start.
  Now now() const;

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// Fires once per start(), never early, and usually at most about 1 ms late. A timer that is late
/// because the process could not run waits a little longer (time_to_read() in lateness.h).
/// Destroying or restarting a timer cancels it.
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
