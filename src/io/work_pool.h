// Threads for work that may block for ever. They are detached and share ownership of their pool, so
// nothing has to wait for their end.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <set>

namespace callgate {

/// A pool lives as long as one of its threads, because a thread may hang in a dead network file
/// system even after the loop's end.
class WorkPool : public std::enable_shared_from_this<WorkPool> {
 public:
  explicit WorkPool(size_t most) : most_(most) {}
  void add(uint64_t id, std::function<void()> work);
  /// Gives up the work with this id. If no thread has started the work, it never runs. If a thread
  /// hangs in the work, the pool may start one more thread until that work returns. There are at
  /// most kSpare such threads.
  void cancel(uint64_t id);
  void end();

 private:
  void serve();

  struct Job {
    uint64_t id;
    std::function<void()> work;
  };
  static constexpr size_t kSpare = 32;
  void add_thread();

  const size_t most_;
  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<Job> jobs_;
  std::set<uint64_t> running_, late_;
  size_t threads_ = 0, idle_ = 0;
  bool ending_ = false;
};

}  // namespace callgate
