// What the files of io/ share: the libuv loop, its turn, and the mailbox for other threads.
//
// Each libuv handle is in a cell, an object on the heap. When the owner of a cell is destroyed, it
// stops the cell's callbacks and closes the handle. libuv calls the close callback, which frees the
// cell, only at the end of the turn. So a callback may destroy the owner of the cell that calls it.
#pragma once

#include <uv.h>

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "callgate/io/descriptor.h"
#include "callgate/io/loop.h"
#include "callgate/io/work.h"

namespace callgate {

constexpr size_t kReadSize = 256 * 1024;

class WorkPool;

/// A stream that has output to write, or must report that writing has ended. The loop calls these
/// functions at the end of a turn.
class TurnEnd {
 public:
  /// Writes as much output as the kernel accepts. Calls no callback; settle() calls the callbacks
  /// later.
  virtual void flush() noexcept = 0;
  virtual void settle() noexcept = 0;

 protected:
  ~TurnEnd() = default;
};

/// The only data that the loop shares with other threads. The loop and these threads share
/// ownership of it, because the threads may outlive the loop.
///
/// It has its own bell instead of uv_async_t: libuv's loop waits until a sender has left
/// uv_async_send(), and a thread with a low priority loses its processor there to the loop that it
/// has just woken. On a busy machine, the loop would wait for a fifth of a second.
struct Mailbox {
  std::mutex mutex;
  std::vector<std::function<void()>> tasks;
  bool ended = false;  ///< the loop has ended
  /// The loop waits for bytes from `bell`; rung() reads them. With an eventfd, both are one
  /// descriptor, and `ring` is empty.
  Descriptor bell, ring;

  Mailbox();
  void post(std::function<void()> task);
  void rung() const;
};

struct Loop::Impl {
  Impl();
  ~Impl();

  /// Runs posted tasks, then settle() of streams that have something to report.
  void drain() noexcept;
  /// Runs the hook, then writes all output.
  void end_turn() noexcept;
  bool has_work();
  /// Calls stream->settle() in the next turn. The callbacks that settle() calls may write, and
  /// output is only written at the end of a turn.
  void settle_soon(TurnEnd* stream);
  void forget(TurnEnd* stream);
  void check_thread() const;

  uv_loop_t uv{};
  uv_async_t wake{};  // of the loop's own thread
  uv_poll_t mail{};   // of other threads
  uv_prepare_t prepare{};
  bool stopped = false;
  std::thread::id thread = std::this_thread::get_id();
  std::function<void()> hook;
  std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>();
  std::vector<std::function<void()>> batch;
  std::vector<TurnEnd*> dirty, ended;
  std::unique_ptr<char[]> read_buffer{new char[kReadSize]};

  struct Order {
    std::unique_ptr<Timer> limit;
    std::function<void(bool)> done;
  };
  std::map<uint64_t, Order> orders;
  uint64_t last_order = 0;
  std::shared_ptr<WorkPool> pools[2];
  /// When the loop ends, closes the cell of a process that still runs and whose Process object was
  /// destroyed.
  void (*free_process)(uv_handle_t*) = nullptr;
};

template <class Cell>
void close_and_free(Cell* cell) {
  uv_close(cell->handle(), [](uv_handle_t* handle) { delete static_cast<Cell*>(handle->data); });
}

/// Returns the system's text for an errno value, in lower case for use within a sentence.
std::string system_reason(int error);

}  // namespace callgate
