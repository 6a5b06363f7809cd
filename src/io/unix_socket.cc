#include "callgate/io/unix_socket.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

#include "acceptor.h"
#include "unix_address.h"

namespace callgate {

namespace {

constexpr int kLocalBacklog = 64;
constexpr int kLocalAtOnce = 16;
constexpr int kLockTries = 25;
constexpr useconds_t kLockPause = 2000;  // microseconds between two tries

struct Peer {
  bool ours = false;
  int64_t pid = 0;
};

Peer owner_of(int fd) {
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

/// A lock on a folder. A process holds the lock while it gives its socket an exclusive name. That
/// name may still belong to the socket of a dead process.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder)
      : fd_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    // Other processes hold the lock for a moment only. If a process hangs while it holds the lock,
    // that must not block our loop, so the number of tries is limited.
    for (int i = 0; fd_ >= 0 && i < kLockTries && !held_; ++i) {
      held_ = ::flock(fd_, LOCK_EX | LOCK_NB) == 0;
      if (!held_) ::usleep(kLockPause);
    }
  }
  bool held() const { return held_; }
  ~FolderLock() {
    if (fd_ >= 0) ::close(fd_);
  }
  FolderLock(const FolderLock&) = delete;

 private:
  int fd_;
  bool held_ = false;
};

bool somebody_listens(const std::string& path) {
  const Result<int> connection = connect_unix(path);
  if (connection) ::close(*connection);
  // Only a refused connection proves that nobody listens. A listener that is busy gives other
  // errors.
  return connection || connection.error().code != "io.refused";
}

}  // namespace

struct UnixListener::Cell {
  std::optional<Error> bind_to(Loop::Impl& loop, const std::string& wanted, Name name);

  std::optional<Acceptor> acceptor;
  std::string path;
  struct stat bound {};
};

std::optional<Error> UnixListener::Cell::bind_to(Loop::Impl& loop, const std::string& wanted,
                                                 Name name) {
  const std::string folder = wanted.substr(0, wanted.rfind('/'));
  if (Status made = make_private_folder(folder); !made) return made.error();
  // The socket has a temporary name until it listens.
  const std::string fresh = folder + "/." + std::to_string(::getpid());
  const Result<std::string> fit = fitting_path(fresh);
  if (!fit) return fit.error();
  const int fd = open_socket(AF_UNIX);
  if (fd < 0) return socket_error("io.listen", wanted, system_reason(errno));
  acceptor.emplace(loop, fd, kLocalAtOnce);
  ::unlink(fresh.c_str());
  const sockaddr_un address = unix_address(*fit);
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return socket_error("io.listen", wanted, system_reason(errno));
  std::optional<Error> error;
  if (::chmod(fresh.c_str(), 0600) != 0 || ::listen(fd, kLocalBacklog) != 0 ||
      ::lstat(fresh.c_str(), &bound) != 0) {
    error = socket_error("io.listen", wanted, system_reason(errno));
  } else {
    std::optional<FolderLock> lock;
    if (name == Name::Exclusive) lock.emplace(folder);
    if (lock && !lock->held()) {
      error = socket_error("io.listen", wanted, "another process holds the folder's lock");
    } else if (name == Name::Exclusive && somebody_listens(wanted)) {
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

void UnixListener::Close::operator()(Cell* cell) const {
  struct stat now {};
  if (!cell->path.empty() && ::lstat(cell->path.c_str(), &now) == 0 &&
      now.st_ino == cell->bound.st_ino && now.st_dev == cell->bound.st_dev)
    ::unlink(cell->path.c_str());
  delete cell;
}

UnixListener::UnixListener(Cell* cell) : cell_(cell) {}
UnixListener::~UnixListener() = default;

Result<std::unique_ptr<UnixListener>> UnixListener::open(Loop& loop, const std::string& path,
                                                         Name name) {
  loop.impl().check_thread();
  std::unique_ptr<UnixListener> listener(new UnixListener(new Cell));
  Cell& cell = *listener->cell_;
  if (auto error = cell.bind_to(loop.impl(), path, name)) return *std::move(error);
  if (const int error = cell.acceptor->error(); error != 0)
    return socket_error("io.listen", path, system_reason(-error));
  cell.acceptor->unref();
  return listener;
}

void UnixListener::start(std::function<void(int fd, int64_t pid)> on_connection) {
  cell_->acceptor->start([on_connection = std::move(on_connection)](int connection) {
    const Peer peer = owner_of(connection);
    if (peer.ours)
      on_connection(connection, peer.pid);
    else
      ::close(connection);
  });
}

Result<int> connect_unix(const std::string& path) {
  const Result<std::string> fit = fitting_path(path);
  if (!fit) return fit.error();
  const int fd = open_socket(AF_UNIX);
  if (fd < 0) return socket_error("io.connect", path, system_reason(errno));
  const sockaddr_un address = unix_address(*fit);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  const int reason = errno;
  ::close(fd);
  const bool nobody = reason == ECONNREFUSED || reason == ENOENT;
  return socket_error(nobody ? "io.refused" : "io.connect", path, system_reason(reason));
}

}  // namespace callgate
