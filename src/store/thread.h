// A thread of the store. Work runs on the thread, and the loop handles the result.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace callgate {

/// Used on the loop's thread. The thread starts with the first work.
class StoreThread {
 public:
  using Task = std::function<void()>;
  /// Runs on the store's thread; the task that it returns runs on the loop.
  using Work = std::function<Task()>;

  /// Low: this thread's work can wait for any other thread that needs the core.
  enum class Priority { Usual, Low };
  explicit StoreThread(std::function<void(Task)> post, Priority priority = Priority::Usual);
  /// Ends the thread after its current work. Drops queued work and all results.
  ~StoreThread();

  void run(Work work);
  /// Runs `work` before queued work: calls wait for a commit, and a large body's digest may take
  /// milliseconds.
  void run_next(Work work);
  /// Runs, on the loop, the callbacks of work that has finished. The thread has the loop call this
  /// whenever work finishes; further calls are harmless.
  void collect();
  /// Waits until work has finished or there is no work. Returns false if the deadline has passed.
  bool wait_until(std::chrono::steady_clock::time_point deadline);
  size_t out() const { return out_; }

 private:
  void work_loop();
  void start();

  std::function<void(Task)> post_;
  const Priority priority_;
  // The loop may run posted tasks after this object is gone, so they refer to it weakly. Only the
  // loop's thread locks this pointer.
  std::shared_ptr<StoreThread*> self_ = std::make_shared<StoreThread*>(this);
  // Copied by the store's thread, which never locks it.
  std::weak_ptr<StoreThread*> weak_self_ = self_;
  size_t out_ = 0;  // work that was given away and is not collected yet

  std::mutex mutex_;  // guards the members below
  std::condition_variable changed_;
  std::deque<Work> todo_;
  std::deque<Task> done_;
  bool ending_ = false;

  std::thread thread_;
};

}  // namespace callgate
