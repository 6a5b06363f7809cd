#include "callgate/io/descriptor_watch.h"

#include <utility>

#include "callgate/base/check.h"
#include "loop_impl.h"

namespace callgate {

struct DescriptorWatch::Cell {
  uv_poll_t poll{};
  std::function<void(bool, bool)> on_ready;
  int events = 0;
  bool closed = false;
  uv_handle_t* handle() { return reinterpret_cast<uv_handle_t*>(&poll); }
  void start();
};

void DescriptorWatch::Cell::start() {
  ENSURE(uv_poll_start(&poll, events, [](uv_poll_t* handle, int status, int ready) noexcept {
           auto* cell = static_cast<Cell*>(handle->data);
           if (cell->closed) return;
           const bool failed = status < 0;
           // libuv has stopped it.
           if (failed) cell->events = 0;
           // The callback may destroy the watch. The cell lives until libuv has closed the handle.
           cell->on_ready(failed || (ready & UV_READABLE) != 0,
                          failed || (ready & UV_WRITABLE) != 0);
         }) == 0);
}

void DescriptorWatch::Close::operator()(Cell* cell) const {
  cell->closed = true;
  close_and_free(cell);
}

DescriptorWatch::DescriptorWatch(Cell* cell) : cell_(cell) {}
DescriptorWatch::~DescriptorWatch() = default;

Result<std::unique_ptr<DescriptorWatch>> DescriptorWatch::open(
    Loop& loop, int fd, std::function<void(bool, bool)> on_ready) {
  loop.impl().check_thread();
  auto cell = std::make_unique<Cell>();
  const int error = uv_poll_init(&loop.impl().uv, &cell->poll, fd);
  if (error != 0) return Error{"io.watch", "cannot watch descriptor: " + system_reason(-error), ""};
  cell->poll.data = cell.get();
  cell->on_ready = std::move(on_ready);
  return std::unique_ptr<DescriptorWatch>(new DescriptorWatch(cell.release()));
}

void DescriptorWatch::want(bool read, bool write) {
  const int events = (read ? UV_READABLE : 0) | (write ? UV_WRITABLE : 0);
  // Each start and each stop costs system calls.
  if (std::exchange(cell_->events, events) == events) return;
  if (events == 0) {
    uv_poll_stop(&cell_->poll);
  } else {
    cell_->start();
  }
}

}  // namespace callgate
