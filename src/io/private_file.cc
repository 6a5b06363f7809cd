#include "callgate/io/private_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "callgate/base/digest.h"

namespace callgate {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kLockWait{5};
constexpr size_t kUniqueLength = 8;  // of the end of an unfinished file's name

Error file_error(const PrivateKind& kind, const char* what, const std::string& file,
                 const std::string& why, std::string next) {
  return {std::string(kind.area) + "." + what, file + ": " + why, std::move(next)};
}

int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = ::write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return put < 0 ? errno : EIO;
    text.remove_prefix(static_cast<size_t>(put));
  }
  return ::fsync(fd) == 0 ? 0 : errno;
}

}  // namespace

Result<std::optional<std::string>> read_private(const PrivateKind& kind, const std::string& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0 && errno == ENOENT) return std::optional<std::string>();
  const auto unreadable = [&](int reason) {
    return file_error(kind, "unreadable", file, std::strerror(reason), "check its permissions");
  };
  if (fd < 0) return unreadable(errno);
  struct stat about {};
  ::fstat(fd, &about);
  std::string text;
  char part[4096];
  ssize_t got = 1;
  while (S_ISREG(about.st_mode) && text.size() <= kind.largest && got > 0) {
    got = ::read(fd, part, sizeof part);
    if (got > 0) text.append(part, static_cast<size_t>(got));
  }
  const int reason = got < 0 ? errno : 0;
  ::close(fd);
  if (reason != 0) return unreadable(reason);
  if (!S_ISREG(about.st_mode) || text.size() > kind.largest)
    return file_error(kind, "malformed", file, "is not a regular file, or is too large",
                      "move the file away");
  if ((about.st_mode & 077) != 0 || about.st_uid != ::geteuid())
    return file_error(kind, "mode", file, "other users may read or change the file",
                      "chmod 600 " + file + ", and " + kind.if_read + " if it was read");
  return std::optional<std::string>(std::move(text));
}

namespace {

/// Removes what processes left behind that were killed while they wrote the file.
void remove_unfinished(const std::string& file) {
  constexpr std::chrono::minutes kSurelyEnded{1};
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path path(file);
  const std::string begin = path.filename().string() + ".";
  for (fs::directory_iterator at(path.parent_path(), error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!name.starts_with(begin) || name.size() != begin.size() + kUniqueLength ||
        name.find_first_not_of("0123456789abcdef", begin.size()) != std::string::npos)
      continue;
    std::error_code ignored;
    const auto age = fs::file_time_type::clock::now() - at->last_write_time(ignored);
    if (!ignored && age > kSurelyEnded) fs::remove(at->path(), ignored);
  }
}

}  // namespace

Status write_private(const PrivateKind& kind, const std::string& file, std::string_view text) {
  remove_unfinished(file);
  const std::string fresh = file + "." + hex(random_bytes(kUniqueLength / 2));
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  int reason = fd < 0 ? errno : 0;
  if (fd >= 0) {
    reason = write_all(fd, text);
    ::close(fd);
    if (reason == 0 && ::rename(fresh.c_str(), file.c_str()) != 0) reason = errno;
    if (reason != 0) ::unlink(fresh.c_str());
  }
  if (reason == 0) return {};
  return file_error(kind, "write", file, std::string("cannot be written: ") + std::strerror(reason),
                    "check the state folder's permissions and its disk");
}

void make_state_folder(const std::string& path) {
  if (path.empty() || ::mkdir(path.c_str(), 0700) == 0 || errno != ENOENT) return;
  const size_t slash = path.find_last_of('/');
  if (slash == std::string::npos || slash == 0) return;
  make_state_folder(path.substr(0, slash));
  ::mkdir(path.c_str(), 0700);
}

PrivateLock::PrivateLock(const PrivateKind& kind, const std::string& file)
    : fd_(::open((file + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
  const auto until = Clock::now() + kLockWait;
  int reason = fd_ < 0 ? errno : 0;
  while (reason == 0 && ::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR)
      reason = errno;
    else if (Clock::now() >= until)
      reason = EWOULDBLOCK;
    else
      ::poll(nullptr, 0, 10);
  }
  if (reason == EWOULDBLOCK)
    status_ = file_error(kind, "write", file, "another callgate process is changing the file",
                         "try again");
  else if (reason != 0)
    status_ =
        file_error(kind, "write", file, std::string("cannot be locked: ") + std::strerror(reason),
                   "check the state folder and its permissions");
}

PrivateLock::~PrivateLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace callgate
