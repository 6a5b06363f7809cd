// The store's one thread. Work goes over, what is to be done with its result comes back to the
// loop.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace callgate {

/// Lives on the loop's thread. The thread starts with the first work.
class StoreThread {
 public:
  using Task = std::function<void()>;
  /// Runs on the store's thread; what it returns runs on the loop.
  using Work = std::function<Task()>;

  /// Low: what it does can wait for everybody else who wants the core.
  enum class Priority { Usual, Low };
  explicit StoreThread(std::function<void(Task)> post, Priority priority = Priority::Usual);
  /// Ends after the work at hand; what is queued behind it is dropped, and so are results.
  ~StoreThread();

  void run(Work work);
  /// Before what waits: calls wait for a commit, and a large body's digest may take milliseconds.
  void run_next(Work work);
  /// Runs on the loop what has come back. Called by itself through `post`; calling it more often is
  /// harmless.
  void collect();
  /// Waits until something has come back or there is nothing out; false: the time is over.
  bool wait_until(std::chrono::steady_clock::time_point deadline);
  size_t out() const { return out_; }

 private:
  void work_loop();
  void start();

  std::function<void(Task)> post_;
  const Priority priority_;
  // Tasks may be run by the loop after this is gone: they hold it weakly. Only the loop's thread
  // locks it.
  std::shared_ptr<StoreThread*> self_ = std::make_shared<StoreThread*>(this);
  std::weak_ptr<StoreThread*> weak_self_ =
      self_;        // copied by the store's thread, which never locks it
  size_t out_ = 0;  // work given away and not collected

  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<Work> todo_;
  std::deque<Task> done_;
  bool ending_ = false;

  std::thread thread_;
};

}  // namespace callgate
