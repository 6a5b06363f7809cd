// What the files of io/ share: the libuv loop, its turn, and the mailbox for other threads.
//
// Each libuv handle is in a cell on the heap. The cell's owner silences it and closes it. libuv's
// close callback frees the cell at the end of the turn, so a callback may destroy the owner of the
// cell that it was called from.
#pragma once

#include <uv.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "callgate/io/loop.h"
#include "callgate/io/work.h"

namespace callgate {

constexpr size_t kReadSize = 256 * 1024;

class WorkPool;

/// Decides whether to poll for a moment before the loop sleeps. Peers often answer within
/// microseconds, and waking from sleep costs more than that. But a slow server must cost nothing,
/// so polling without success stops, and is then tried only now and then; even more seldom when
/// other programs want the core.
class Linger {
 public:
  /// Returns once `fd` is readable, or after 30 µs. Yields the core to other threads first.
  void wait(int fd) noexcept;

 private:
  static constexpr int kRetry = 64;  // turns without polling before it is tried again
  [[maybe_unused]] int credit_ = 0, skipped_ = 0, rest_ = kRetry;  // used on Linux
};

/// A stream that has output to write, or must report that writing ended.
class TurnEnd {
 public:
  /// Writes what the kernel accepts. Calls no callback: reports wait for settle().
  virtual void flush() noexcept = 0;
  virtual void settle() noexcept = 0;

 protected:
  ~TurnEnd() = default;
};

/// The only data that the loop shares with threads, which may outlive it.
struct Mailbox {
  std::mutex mutex;
  std::vector<std::function<void()>> tasks;
  uv_async_t* wake = nullptr;  ///< null once the loop has ended

  void post(std::function<void()> task);
};

struct Loop::Impl {
  Impl();
  ~Impl();

  /// Runs posted tasks, then settle() of streams that have something to report.
  void drain() noexcept;
  /// Runs the hook, then writes all output.
  void end_turn() noexcept;
  bool has_work();
  /// Calls settle() in the next turn, since its callbacks may write, which needs a turn's end of
  /// its own.
  void settle_soon(TurnEnd* stream);
  void forget(TurnEnd* stream);
  void check_thread() const;

  uv_loop_t uv{};
  uv_async_t wake{};
  uv_prepare_t prepare{};
  bool stopped = false;
  std::thread::id thread = std::this_thread::get_id();
  std::function<void()> hook;
  std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>();
  std::vector<std::function<void()>> batch;
  std::vector<TurnEnd*> dirty, ended;
  Linger linger;
  std::unique_ptr<char[]> read_buffer{new char[kReadSize]};

  struct Order {
    std::unique_ptr<Timer> limit;
    std::function<void(bool)> done;
  };
  std::map<uint64_t, Order> orders;
  uint64_t last_order = 0;
  std::shared_ptr<WorkPool> pools[2];
  /// Closes the cell of a forgotten process when the loop ends.
  void (*free_process)(uv_handle_t*) = nullptr;
};

template <class Cell>
void close_and_free(Cell* cell) {
  uv_close(cell->handle(), [](uv_handle_t* handle) { delete static_cast<Cell*>(handle->data); });
}

/// The system's text for an errno value, in lower case as within a sentence.
std::string system_reason(int error);

}  // namespace callgate
