// A thread of the store. It runs work that blocks, and the loop's thread then handles the result.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace callgate {

/// Used on the loop's thread. The first call of run() or run_next() starts the thread.
class StoreThread {
 public:
  using Task = std::function<void()>;
  /// Runs on the store's thread; the task that it returns runs on the loop.
  using Work = std::function<Task()>;

  /// Low: the system may let any other thread run before this one.
  enum class Priority { Usual, Low };
  explicit StoreThread(std::function<void(Task)> post, Priority priority = Priority::Usual);
  /// Ends the thread after its current work. Drops queued work and all results.
  ~StoreThread();

  void run(Work work);
  /// Runs `work` before all queued work. Calls wait for commits, so these must not wait until other
  /// work is done.
  void run_next(Work work);
  /// Runs the tasks that finished work has returned. The thread posts a call of this to the loop
  /// when work finishes; further calls are harmless.
  void collect();
  /// Blocks until some work has finished or no work is left. Returns false if the deadline passes
  /// first.
  bool wait_until(std::chrono::steady_clock::time_point deadline);
  /// The number of pieces of work whose tasks collect() has not run yet.
  size_t out() const { return out_; }

 private:
  void work_loop();
  void start();

  std::function<void(Task)> post_;
  const Priority priority_;
  // The loop may run a posted call of collect() after this object is destroyed, so the call has a
  // weak pointer to it. Only the loop's thread locks the weak pointer.
  std::shared_ptr<StoreThread*> self_ = std::make_shared<StoreThread*>(this);
  // The store's thread copies this pointer and never locks it.
  std::weak_ptr<StoreThread*> weak_self_ = self_;
  size_t out_ = 0;

  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  std::deque<Work> todo_;
  std::deque<Task> done_;
  bool ending_ = false;

  std::thread thread_;
};

}  // namespace callgate
