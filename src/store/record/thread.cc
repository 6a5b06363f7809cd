#include "thread.h"

#include <signal.h>
#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__APPLE__)
#include <pthread/qos.h>
#endif

#include <utility>

namespace callgate {

namespace {

// Lowers the priority of the calling thread, on systems that can do so for a single thread.
void be_last() {
#ifdef __linux__
  ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), 19);
#elif defined(__APPLE__)
  pthread_set_qos_class_self_np(QOS_CLASS_UTILITY, 0);
#endif
}

}  // namespace

StoreThread::StoreThread(std::function<void(Task)> post, Priority priority)
    : post_(std::move(post)), priority_(priority) {}

StoreThread::~StoreThread() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void StoreThread::run(Work work) {
  ++out_;
  {
    const std::lock_guard lock(mutex_);
    todo_.push_back(std::move(work));
  }
  start();
}

void StoreThread::run_next(Work work) {
  ++out_;
  {
    const std::lock_guard lock(mutex_);
    todo_.push_front(std::move(work));
  }
  start();
}

void StoreThread::start() {
  changed_.notify_all();
  if (thread_.joinable()) return;
  // The new thread inherits a mask that blocks all signals, so only the loop's thread handles them.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { work_loop(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void StoreThread::work_loop() {
  if (priority_ == Priority::Low) be_last();
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !todo_.empty(); });
    if (ending_) return;
    Work work = std::move(todo_.front());
    todo_.pop_front();
    lock.unlock();
    Task result = work();
    work = nullptr;
    lock.lock();
    done_.push_back(std::move(result));
    changed_.notify_all();
    if (done_.size() > 1) continue;  // an earlier post_() has not led to collect() yet
    lock.unlock();
    post_([weak = weak_self_] {
      if (const auto self = weak.lock()) (*self)->collect();
    });
    lock.lock();
  }
}

void StoreThread::collect() {
  std::deque<Task> done;
  {
    const std::lock_guard lock(mutex_);
    done.swap(done_);
  }
  for (Task& task : done) {
    --out_;
    task();
  }
}

bool StoreThread::wait_until(std::chrono::steady_clock::time_point deadline) {
  if (out_ == 0) return true;
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, deadline, [this] { return !done_.empty(); });
}

}  // namespace callgate
