// The loop: one thread that waits for descriptors, time and other threads' posts. The only door to
// libuv.
#pragma once

#include <functional>
#include <memory>

#include "callgate/base/time.h"

namespace callgate {

/// One per thread, used on the thread that built it. Everything in io/ lives on that thread unless
/// said, and is destroyed before the loop. The first loop makes the process ignore SIGPIPE: a
/// broken pipe is an error of its stream.
class Loop {
 public:
  Loop();
  /// CHECKs that nothing is left open.
  ~Loop();
  Loop(const Loop&) = delete;

  /// Until stop(), or until nothing is left to wait for. Output of the last turn is written before
  /// it returns, as far as the kernel takes it.
  void run();
  void stop();
  /// Any thread: runs `task` on the loop's thread, in order of posting. Dropped unrun if the loop
  /// ends first. Waiting for a post does not keep run() going.
  void post(std::function<void()> task);
  /// Runs once per turn, after all events of the turn were handled and before the loop sleeps or
  /// output is written: the place where a turn's work is grouped. One hook; it may write to
  /// streams.
  void on_turn_end(std::function<void()> hook);
  /// Time of now (not of the turn's start).
  Now now() const;

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

/// Fires once per start(), never early, up to about 1 ms late. Destroying or restarting it cancels.
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

/// Calls back on the loop for each arrival of one signal (several may count as one).
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
