#include "callgate/io/unix_socket.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "callgate/base/check.h"
#include "loop_impl.h"
#include "unix_address.h"

namespace callgate {

namespace {

constexpr int kBacklog = 64;
constexpr int kAcceptedAtOnce = 16;
constexpr uint64_t kPauseMillis = 100;  // when out of descriptors

#ifndef __linux__
void set_flags(int fd) {
  ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}
#endif

int open_socket() {
#ifdef __linux__
  return ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
#else
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
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

struct Peer {
  bool ours = false;
  int64_t pid = 0;
};

Peer peer_of(int fd) {
#ifdef __linux__
  ucred about{};
  socklen_t size = sizeof about;
  if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &about, &size) != 0) return {};
  return {about.uid == ::geteuid(), about.pid};
#else
  uid_t user = 0;
  gid_t group = 0;
  if (::getpeereid(fd, &user, &group) != 0) return {};
  pid_t pid = 0;
#ifdef LOCAL_PEERPID
  socklen_t size = sizeof pid;
  ::getsockopt(fd, SOL_LOCAL, LOCAL_PEERPID, &pid, &size);
#endif
  return {user == ::geteuid(), pid};
#endif
}

/// Held while a name that only one process may have changes hands.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder)
      : fd_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (fd_ >= 0) ::flock(fd_, LOCK_EX);
  }
  ~FolderLock() {
    if (fd_ >= 0) ::close(fd_);
  }
  FolderLock(const FolderLock&) = delete;

 private:
  int fd_;
};

bool somebody_listens(const std::string& path) {
  const Result<int> connection = connect_unix(path);
  if (connection) ::close(*connection);
  // Full or slow is alive, too.
  return connection || connection.error().code != "io.refused";
}

}  // namespace

struct UnixListener::Cell {
  explicit Cell(Loop::Impl& loop) {
    CHECK(uv_timer_init(&loop.uv, &pause) == 0);
    pause.data = this;
  }
  std::optional<Error> bind_to(const std::string& wanted, Name name);
  void watch();
  void accept_some();
  void close_part(uv_handle_t* part);

  int fd = -1;
  std::string path;
  struct stat bound {};
  bool released = false;
  int open_parts = 2;
  uv_poll_t poll{};
  uv_timer_t pause{};
  std::function<void(int, int64_t)> on_connection;
};

std::optional<Error> UnixListener::Cell::bind_to(const std::string& wanted, Name name) {
  const std::string folder = wanted.substr(0, wanted.rfind('/'));
  if (Status made = make_private_folder(folder); !made) return made.error();
  // Under a name of its own until it listens.
  const std::string fresh = folder + "/." + std::to_string(::getpid());
  const Result<std::string> fit = fitting_path(fresh);
  if (!fit) return fit.error();
  fd = open_socket();
  if (fd < 0) return socket_error("io.listen", wanted, system_reason(errno));
  ::unlink(fresh.c_str());
  const sockaddr_un address = unix_address(*fit);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return socket_error("io.listen", wanted, system_reason(errno));
  std::optional<Error> error;
  if (::chmod(fresh.c_str(), 0600) != 0 || ::listen(fd, kBacklog) != 0 ||
      ::lstat(fresh.c_str(), &bound) != 0) {
    error = socket_error("io.listen", wanted, system_reason(errno));
  } else {
    std::optional<FolderLock> lock;
    if (name == Name::Exclusive) lock.emplace(folder);
    if (name == Name::Exclusive && somebody_listens(wanted)) {
      error = socket_error("io.in_use", wanted, "another process listens there");
    } else if (::rename(fresh.c_str(), wanted.c_str()) != 0) {
      error = socket_error("io.listen", wanted, system_reason(errno));
    }
  }
  if (error) {
    ::unlink(fresh.c_str());
  } else {
    path = wanted;
  }
  return error;
}

void UnixListener::Cell::watch() {
  CHECK(uv_poll_start(&poll, UV_READABLE, [](uv_poll_t* h, int, int) noexcept {
          static_cast<Cell*>(h->data)->accept_some();
        }) == 0);
}

void UnixListener::Cell::accept_some() {
  for (int i = 0; i < kAcceptedAtOnce && !released; ++i) {
    const int connection = accept_one(fd);
    if (connection >= 0) {
      const Peer peer = peer_of(connection);
      if (peer.ours) {
        on_connection(connection, peer.pid);
      } else {
        ::close(connection);
      }
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return;
    // Out of descriptors or memory: the waiting connections would wake us without end.
    uv_poll_stop(&poll);
    uv_timer_start(
        &pause, [](uv_timer_t* h) noexcept { static_cast<Cell*>(h->data)->watch(); }, kPauseMillis,
        0);
    return;
  }
}

void UnixListener::Cell::close_part(uv_handle_t* part) {
  uv_close(part, [](uv_handle_t* closed) {
    auto* cell = static_cast<Cell*>(closed->data);
    if (--cell->open_parts == 0) delete cell;
  });
}

void UnixListener::Close::operator()(Cell* cell) const {
  cell->released = true;
  struct stat now {};
  if (!cell->path.empty() && ::lstat(cell->path.c_str(), &now) == 0 &&
      now.st_ino == cell->bound.st_ino && now.st_dev == cell->bound.st_dev)
    ::unlink(cell->path.c_str());
  if (cell->poll.data) {
    cell->close_part(reinterpret_cast<uv_handle_t*>(&cell->poll));
  } else {
    --cell->open_parts;
  }
  cell->close_part(reinterpret_cast<uv_handle_t*>(&cell->pause));
  if (cell->fd >= 0) ::close(cell->fd);
}

UnixListener::UnixListener(Cell* cell) : cell_(cell) {}
UnixListener::~UnixListener() = default;

Result<std::unique_ptr<UnixListener>> UnixListener::open(Loop& loop, const std::string& path,
                                                         Name name) {
  loop.impl().check_thread();
  std::unique_ptr<UnixListener> listener(new UnixListener(new Cell(loop.impl())));
  Cell& cell = *listener->cell_;
  if (auto error = cell.bind_to(path, name)) return *std::move(error);
  const int error = uv_poll_init(&loop.impl().uv, &cell.poll, cell.fd);
  if (error != 0) return socket_error("io.listen", path, system_reason(-error));
  cell.poll.data = &cell;
  // Waiting for a connection keeps nothing going that is over otherwise.
  uv_unref(reinterpret_cast<uv_handle_t*>(&cell.poll));
  return listener;
}

void UnixListener::start(std::function<void(int fd, int64_t pid)> on_connection) {
  cell_->on_connection = std::move(on_connection);
  cell_->watch();
}

Result<int> connect_unix(const std::string& path) {
  const Result<std::string> fit = fitting_path(path);
  if (!fit) return fit.error();
  const int fd = open_socket();
  if (fd < 0) return socket_error("io.connect", path, system_reason(errno));
  const sockaddr_un address = unix_address(*fit);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  const int reason = errno;
  ::close(fd);
  const bool nobody = reason == ECONNREFUSED || reason == ENOENT;
  return socket_error(nobody ? "io.refused" : "io.connect", path, system_reason(reason));
}

}  // namespace callgate
