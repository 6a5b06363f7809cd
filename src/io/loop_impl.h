// What the files of io/ share behind their headers: the libuv loop, its turn, and the mailbox of
// other threads.
//
// Each libuv handle lives in a heap cell. The cell's owner silences and closes it; libuv's close
// callback frees it at the end of the turn, so a callback may destroy the owner of the cell it was
// called from.
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

/// Whether to look again for a moment before sleeping. What was just written is often answered
/// within microseconds, and waking from sleep costs more than that; a server that takes its time
/// must cost nothing, so looking that finds nothing is given up, and tried now and then only; the
/// same, and more seldom still, where other programs want the core.
class Linger {
 public:
  /// Returns once `fd` is readable, or after 30 µs. Lets others on this core go first.
  void wait(int fd) noexcept;

 private:
  static constexpr int kRetry = 64;  // turns without looking before it is tried again
  [[maybe_unused]] int credit_ = 0, skipped_ = 0, rest_ = kRetry;  // used on Linux
};

/// A stream with output to write, or with an end of its output to tell.
class TurnEnd {
 public:
  /// Writes what the kernel takes. Calls nobody: what it has to tell waits for settle().
  virtual void flush() noexcept = 0;
  virtual void settle() noexcept = 0;

 protected:
  ~TurnEnd() = default;
};

/// Shared by the loop and threads that may outlive it: the one place where both meet.
struct Mailbox {
  std::mutex mutex;
  std::vector<std::function<void()>> tasks;
  uv_async_t* wake = nullptr;  ///< null once the loop has ended

  void post(std::function<void()> task);
};

struct Loop::Impl {
  Impl();
  ~Impl();

  /// Posted tasks, then streams that have something to tell.
  void drain() noexcept;
  /// The hook, then all output.
  void end_turn() noexcept;
  bool has_work();
  /// settle() in the next turn: what is told may need a turn's end of its own.
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
  void (*free_process)(uv_handle_t*) =
      nullptr;  ///< closes the cell of a forgotten process at the end
};

template <class Cell>
void close_and_free(Cell* cell) {
  uv_close(cell->handle(), [](uv_handle_t* handle) { delete static_cast<Cell*>(handle->data); });
}

/// The system's own words for an errno value, in lower case as within a sentence.
std::string system_reason(int error);

}  // namespace callgate
