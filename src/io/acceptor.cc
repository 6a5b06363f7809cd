#include "acceptor.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "callgate/base/check.h"

namespace callgate {

namespace {

constexpr uint64_t kPauseMillis = 100;  // how long to wait when the process is out of descriptors

#ifndef __linux__
void set_flags(int fd) {
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}
#endif

}  // namespace

int open_socket(int family) {
#ifdef __linux__
  return ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
  const int fd = ::socket(family, SOCK_STREAM, 0);
  if (fd >= 0) set_flags(fd);
  return fd;
#endif
}

int accept_one(int listening) {
#ifdef __linux__
  return ::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
#else
  const int fd = ::accept(listening, nullptr, nullptr);
  if (fd >= 0) set_flags(fd);
  return fd;
#endif
}

struct Acceptor::Cell {
  void watch();
  void accept_some();
  void close_part(uv_handle_t* part);

  int fd = -1, at_once = 1, error = 0;
  bool released = false;
  int open_parts = 2;
  uv_poll_t poll{};
  uv_timer_t pause{};
  std::function<void(int)> on_connection;
};

void Acceptor::Cell::watch() {
  ENSURE(uv_poll_start(&poll, UV_READABLE, [](uv_poll_t* h, int, int) noexcept {
           static_cast<Cell*>(h->data)->accept_some();
         }) == 0);
}

void Acceptor::Cell::accept_some() {
  for (int i = 0; i < at_once && !released; ++i) {
    const int connection = accept_one(fd);
    if (connection >= 0) {
      on_connection(connection);
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return;
    // The process is out of descriptors or memory. The connections that wait to be accepted would
    // wake the loop again and again, so this acceptor pauses.
    uv_poll_stop(&poll);
    uv_timer_start(
        &pause, [](uv_timer_t* h) noexcept { static_cast<Cell*>(h->data)->watch(); }, kPauseMillis,
        0);
    return;
  }
}

void Acceptor::Cell::close_part(uv_handle_t* part) {
  uv_close(part, [](uv_handle_t* closed) {
    auto* cell = static_cast<Cell*>(closed->data);
    if (--cell->open_parts == 0) delete cell;
  });
}

void Acceptor::Close::operator()(Cell* cell) const {
  cell->released = true;
  if (cell->error == 0)
    cell->close_part(reinterpret_cast<uv_handle_t*>(&cell->poll));
  else
    --cell->open_parts;
  cell->close_part(reinterpret_cast<uv_handle_t*>(&cell->pause));
  ::close(cell->fd);
}

Acceptor::Acceptor(Loop::Impl& loop, int fd, int at_once) : cell_(new Cell) {
  cell_->fd = fd;
  cell_->at_once = at_once;
  ENSURE(uv_timer_init(&loop.uv, &cell_->pause) == 0);
  cell_->error = uv_poll_init(&loop.uv, &cell_->poll, fd);
  cell_->pause.data = cell_->poll.data = cell_.get();
}

int Acceptor::error() const { return cell_->error; }

void Acceptor::unref() { uv_unref(reinterpret_cast<uv_handle_t*>(&cell_->poll)); }

void Acceptor::start(std::function<void(int)> on_connection) {
  cell_->on_connection = std::move(on_connection);
  cell_->watch();
}

}  // namespace callgate
