#include "callgate/base/stderr.h"

#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

namespace callgate {

namespace {

constexpr size_t kQueue = size_t{256} << 10;
constexpr std::chrono::milliseconds kFarewell{100};

/// Writes all of `text`, and waits for the reader if needed. O_NONBLOCK is a flag of the open file,
/// which other processes share. We never set it, but another process may have set it, so a write
/// can fail with EAGAIN.
void write_fully(std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(STDERR_FILENO, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<size_t>(count));
    } else if (errno == EAGAIN) {
      pollfd writable{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
      ::poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      return;  // nobody reads our stderr any more
    }
  }
}

class Queue {
 public:
  void start() {
    // The thread starts with all signals blocked, because only the loop's thread handles signals.
    sigset_t all, before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread([this] { run(); }).detach();
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }

  void push(std::string_view lines) {
    const std::lock_guard lock(mutex_);
    if (bytes_ + lines.size() > kQueue) {
      ++dropped_;
      return;
    }
    report_dropped();
    add(std::string(lines));
    wake_.notify_one();
  }

  void finish() {
    std::unique_lock lock(mutex_);
    written_.wait_for(lock, kFarewell, [this] { return waiting_.empty() && !writing_; });
  }

 private:
  void add(std::string lines) {
    bytes_ += lines.size();
    waiting_.push_back(std::move(lines));
  }

  void report_dropped() {
    if (dropped_ == 0) return;
    add("callgate: " + std::to_string(dropped_) +
        " messages are missing here: stderr was not read in time\n");
    dropped_ = 0;
  }

  [[noreturn]] void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return !waiting_.empty(); });
      const std::string lines = std::move(waiting_.front());
      waiting_.pop_front();
      writing_ = true;
      lock.unlock();
      write_fully(lines);
      lock.lock();
      writing_ = false;
      bytes_ -= lines.size();
      if (waiting_.empty()) report_dropped();
      if (waiting_.empty()) written_.notify_all();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_, written_;
  std::deque<std::string> waiting_;
  size_t bytes_ = 0;
  uint64_t dropped_ = 0;
  bool writing_ = false;
};

std::atomic<Queue*> g_queue{nullptr};

}  // namespace

void write_stderr(std::string_view lines) {
  if (Queue* queue = g_queue.load(std::memory_order_acquire)) {
    queue->push(lines);
  } else {
    write_fully(lines);
  }
}

void stderr_never_waits() {
  static std::once_flag once;
  std::call_once(once, [] {
    // Never destroyed, because the queue's thread may still wait for the reader of stderr while the
    // program ends.
    auto* const queue = new Queue;
    queue->start();
    g_queue.store(queue, std::memory_order_release);
  });
}

bool stderr_is_queued() { return g_queue.load(std::memory_order_acquire) != nullptr; }

void finish_stderr() {
  if (Queue* queue = g_queue.load(std::memory_order_acquire)) queue->finish();
}

void write_stderr_if_ready(std::string_view text) noexcept {
  pollfd writable{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
  if (::poll(&writable, 1, 0) <= 0) return;
  static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
}

}  // namespace callgate
