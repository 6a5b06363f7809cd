#include "callgate/io/stream.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "callgate/base/check.h"
#include "loop_impl.h"
#include "out_queue.h"
#include "passed_descriptors.h"

namespace callgate {

namespace {

#ifdef F_SETPIPE_SZ
/// The buffer size of our pipes. It is more than the default of 64 KiB, so that a large message
/// needs few wake-ups, and less than the 1 MiB that a process may set. Linux limits the pipe
/// buffers of a user to 64 MiB in total. Above that, every new pipe of the user gets a tiny buffer.
constexpr int kPipeSize = 256 * 1024;
#endif
constexpr size_t kMostSlices = 64;

void set_close_on_exec(int fd) { ::fcntl(fd, F_SETFD, ::fcntl(fd, F_GETFD) | FD_CLOEXEC); }

/// Returns a descriptor for the same file that is greater than 2, because any code in the process
/// may write to the descriptors 0, 1 and 2. If `fd` was one of these three, `fd` leads to /dev/null
/// afterwards.
int move_aside(int fd) {
  if (fd > 2) return fd;
  const int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, 3);
  if (moved < 0) return fd;
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return moved;
  ::dup2(null, fd);
  ::close(null);
  return moved;
}

/// Opens the terminal again. The shell and other programs share the open file of the terminal that
/// we got, so if we set O_NONBLOCK there, it would apply to them as well. The new open file is only
/// ours.
int reopen_terminal(int fd) {
  std::array<char, 256> name{};
  if (::ttyname_r(fd, name.data(), name.size()) != 0) return fd;
  const int flags = ::fcntl(fd, F_GETFL);
  const int fresh = ::open(name.data(), (flags & O_ACCMODE) | O_NOCTTY | O_CLOEXEC);
  if (fresh < 0) return fd;
  ::close(fd);
  return fresh;
}

bool waitable(const struct stat& about, int fd) {
  if (S_ISREG(about.st_mode) || S_ISDIR(about.st_mode) || S_ISBLK(about.st_mode)) return false;
#ifdef __APPLE__
  if (S_ISCHR(about.st_mode) && ::isatty(fd) == 0) return false;
#else
  static_cast<void>(fd);
#endif
  return true;
}

}  // namespace

struct Stream::Cell final : TurnEnd {
  explicit Cell(Loop::Impl& its_loop) : loop(its_loop) {}

  std::optional<Error> attach(int descriptor);
  void update_watch();
  void on_event(int status, int event);
  void read_some();
  void end_reading(Status status);
  void flush() noexcept override;
  void settle() noexcept override;
  void fail(int error);
  void shut();
  void release();
  uv_handle_t* handle() {
    return polled ? reinterpret_cast<uv_handle_t*>(&poll) : reinterpret_cast<uv_handle_t*>(&idle);
  }

  Loop::Impl& loop;
  int fd = -1;
  int flags = -1;  ///< the flags of the open file before we changed them
  /// False for files, which poll() cannot wait for. An idle handle reads one piece of a file in
  /// each turn.
  bool polled = true;
  union {
    uv_poll_t poll;
    uv_idle_t idle;
  };
  std::function<void(std::string_view)> on_bytes;
  std::function<void(Status)> on_end;
  std::function<void(Error)> on_write_error;
  std::function<void()> on_hangup, on_closed;
  OutQueue out;
  ReadMemory* memory = nullptr;  ///< null: the loop's buffer
  WriteWatcher* watcher = nullptr;
  std::optional<std::vector<Descriptor>> descriptors;  ///< empty: the stream receives none
  std::optional<Error> write_error;                    ///< to be reported to on_write_error
  int watched = 0;
  bool reading = false, full = false, dirty = false, failed = false, closing = false,
       ending_output = false, is_pipe = false;
  bool released = false, handle_freed = false;
};

std::optional<Error> Stream::Cell::attach(int descriptor) {
  struct stat about {};
  if (::fstat(descriptor, &about) != 0)
    return Error{"io.open", "cannot use descriptor: " + system_reason(errno), ""};
  fd = move_aside(descriptor);
  set_close_on_exec(fd);
  if (S_ISCHR(about.st_mode) && ::isatty(fd) != 0) fd = reopen_terminal(fd);
  is_pipe = S_ISFIFO(about.st_mode);
#ifdef F_SETPIPE_SZ
  if (is_pipe) ::fcntl(fd, F_SETPIPE_SZ, kPipeSize);
#endif
  flags = ::fcntl(fd, F_GETFL);
  const int error = waitable(about, fd) ? uv_poll_init(&loop.uv, &poll, fd) : UV_EPERM;
  if (error != 0) {
    if (is_pipe || S_ISSOCK(about.st_mode))
      return Error{"io.open", "cannot watch descriptor: " + system_reason(-error), ""};
    polled = false;
    ENSURE(uv_idle_init(&loop.uv, &idle) == 0);
  }
  handle()->data = this;
  return std::nullopt;
}

void Stream::Cell::update_watch() {
  if (fd < 0) return;
  const int wanted =
      (reading ? UV_READABLE : 0) | (full ? UV_WRITABLE : 0) | (on_hangup ? UV_DISCONNECT : 0);
  if (wanted == watched) return;
  watched = wanted;
  if (!polled) {
    // Writing to a file never has to wait, so a file's stream never sets `full`.
    if (reading) {
      uv_idle_start(&idle, [](uv_idle_t* h) noexcept { static_cast<Cell*>(h->data)->read_some(); });
    } else {
      uv_idle_stop(&idle);
    }
    return;
  }
  if (wanted == 0) {
    uv_poll_stop(&poll);
    return;
  }
  ENSURE(uv_poll_start(&poll, wanted, [](uv_poll_t* h, int status, int event) noexcept {
           static_cast<Cell*>(h->data)->on_event(status, event);
         }) == 0);
}

/// Handles an event of the descriptor. A callback may destroy the Stream, but the cell lives until
/// libuv has closed the handle, which is after this function has returned.
void Stream::Cell::on_event(int status, int event) {
  // If `status` is an error, libuv has stopped watching the descriptor. The next read or write will
  // return the cause.
  const bool broken = status < 0;
  if (broken) watched = 0;
  if (full && (broken || (event & UV_WRITABLE) != 0)) flush();
  if (reading && (broken || (event & (UV_READABLE | UV_DISCONNECT)) != 0)) {
    read_some();
    if (fd < 0) return;
    if (broken && reading)
      end_reading(Error{"io.read", "cannot read: the other end is broken", ""});
    if (fd < 0) return;
  }
  if (on_hangup && (broken || (event & UV_DISCONNECT) != 0)) {
    const auto callback = std::exchange(on_hangup, nullptr);
    update_watch();
    callback();
    return;
  }
  update_watch();
}

void Stream::Cell::read_some() {
  const std::span<char> room =
      memory != nullptr ? memory->room() : std::span(loop.read_buffer.get(), kReadSize);
  ssize_t count = 0;
  do {
    count = descriptors ? read_with_descriptors(fd, room.data(), room.size(), *descriptors)
                        : ::read(fd, room.data(), room.size());
  } while (count < 0 && errno == EINTR);
  if (count > 0) {
    on_bytes({room.data(), static_cast<size_t>(count)});
  } else if (count == 0) {
    end_reading({});
  } else if (errno != EAGAIN && errno != EWOULDBLOCK) {
    end_reading(Error{"io.read", "cannot read: " + system_reason(errno), ""});
  }
}

void Stream::Cell::end_reading(Status status) {
  reading = false;
  update_watch();
  if (const auto callback = std::exchange(on_end, nullptr)) callback(std::move(status));
}

void Stream::Cell::flush() noexcept {
  dirty = false;
  full = false;
  while (!out.empty() && fd >= 0) {
    std::array<iovec, kMostSlices> slices{};
    const size_t count = out.slices(slices.data(), slices.size());
    const size_t offered = out.offered(slices.data(), count);
    if (watcher != nullptr) watcher->writing();
    const ssize_t written = ::writev(fd, slices.data(), static_cast<int>(count));
    const int error = written < 0 ? errno : 0;
    if (watcher != nullptr) watcher->written(written > 0 ? static_cast<size_t>(written) : 0);
    if (error == EINTR) continue;
    const bool wait = polled && (error == EAGAIN || error == EWOULDBLOCK);
    if (written < 0 && !wait) {
      fail(error);
      break;
    }
    if (written > 0) out.drop(static_cast<size_t>(written));
    if (polled && (written < 0 || static_cast<size_t>(written) < offered)) {
      full = true;
      break;
    }
  }
  update_watch();
  if (ending_output && out.empty() && fd >= 0) ::shutdown(fd, SHUT_WR);
  if (closing && out.empty()) loop.settle_soon(this);
}

void Stream::Cell::fail(int error) {
  failed = true;
  out.clear();
  write_error = Error{"io.write", "cannot write: " + system_reason(error), ""};
  loop.settle_soon(this);
}

/// Calls a callback that had to wait. Every callback may destroy the stream, so this function calls
/// only one and accesses nothing after it.
void Stream::Cell::settle() noexcept {
  if (write_error && on_write_error) {
    const auto callback = std::exchange(on_write_error, nullptr);
    Error error = std::move(*write_error);
    write_error.reset();
    if (closing) loop.settle_soon(this);
    callback(std::move(error));
    return;
  }
  if (closing && out.empty() && fd >= 0) {
    shut();
    if (const auto callback = std::exchange(on_closed, nullptr)) callback();
  }
}

void Stream::Cell::shut() {
  if (fd < 0) return;
  // The handle is closed before the descriptor, because libuv then removes the descriptor from
  // epoll by its number, and a closed number may belong to another file.
  uv_close(handle(), [](uv_handle_t* closed) {
    auto* cell = static_cast<Cell*>(closed->data);
    cell->handle_freed = true;
    if (cell->released) delete cell;
  });
  if (flags >= 0) ::fcntl(fd, F_SETFL, flags);
  ::close(fd);
  fd = -1;
  reading = false;
  out.clear();
}

void Stream::Cell::release() {
  released = true;
  loop.forget(this);
  shut();
  if (handle_freed) delete this;
}

void Stream::Close::operator()(Cell* cell) const { cell->release(); }

Stream::Stream(Cell* cell) : cell_(cell) {}
Stream::~Stream() = default;

Result<std::unique_ptr<Stream>> Stream::open(Loop& loop, int fd) {
  loop.impl().check_thread();
  auto cell = std::make_unique<Cell>(loop.impl());
  if (auto error = cell->attach(fd)) {
    const int taken = cell->fd >= 0 ? cell->fd : fd;
    if (taken >= 0) ::close(taken);
    return std::move(*error);
  }
  return std::unique_ptr<Stream>(new Stream(cell.release()));
}

void Stream::read(std::function<void(std::string_view)> on_bytes,
                  std::function<void(Status)> on_end) {
  ENSURE(!cell_->on_bytes);
  cell_->on_bytes = std::move(on_bytes);
  cell_->on_end = std::move(on_end);
  cell_->reading = true;
  cell_->update_watch();
}

void Stream::read_into(ReadMemory& memory) { cell_->memory = &memory; }

void Stream::watch_writing(WriteWatcher& watcher) { cell_->watcher = &watcher; }

void Stream::receive_descriptors() { cell_->descriptors.emplace(); }

std::vector<Descriptor> Stream::take_descriptors() {
  return cell_->descriptors ? std::exchange(*cell_->descriptors, {}) : std::vector<Descriptor>();
}

void Stream::pause_reading(bool paused) {
  // Once the end of the input was reported, there is nothing to pause or resume.
  if (cell_->fd < 0 || !cell_->on_end) return;
  cell_->reading = !paused;
  cell_->update_watch();
}

void Stream::write(std::string bytes) {
  if (cell_->failed || cell_->closing || cell_->ending_output) return;
  cell_->out.add(std::move(bytes));
  if (cell_->full || cell_->dirty) return;
  cell_->dirty = true;
  cell_->loop.dirty.push_back(cell_.get());
}

void Stream::on_write_error(std::function<void(Error)> callback) {
  cell_->on_write_error = std::move(callback);
  if (cell_->write_error) cell_->loop.settle_soon(cell_.get());
}

void Stream::on_hangup([[maybe_unused]] std::function<void()> callback) {
#ifdef __linux__
  // A socket reports this event (a hang-up) also when its peer has only finished sending.
  if (!cell_->is_pipe) return;
  cell_->on_hangup = std::move(callback);
  cell_->update_watch();
#endif
}

void Stream::end_output() {
  if (cell_->failed || cell_->closing || cell_->ending_output) return;
  cell_->ending_output = true;
  if (cell_->out.empty()) cell_->flush();
}

size_t Stream::queued() const { return cell_->out.size(); }

void Stream::close_when_written(std::function<void()> done) {
  if (cell_->closing) return;
  cell_->closing = true;
  cell_->on_closed = std::move(done);
  if (cell_->out.empty()) cell_->loop.settle_soon(cell_.get());
}

}  // namespace callgate
