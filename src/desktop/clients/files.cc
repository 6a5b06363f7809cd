#include "files.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "callgate/base/digest.h"

namespace callgate {

namespace {

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

Error error_of(const char* code, const std::string& path, const std::string& why,
               std::string next) {
  return {code, path + ": " + why, std::move(next)};
}

/// Returns where a chain of symbolic links ends, even if no file exists there.
std::string end_of_links(std::string path) {
  for (int i = 0; i < 40; ++i) {
    char target[PATH_MAX];
    const ssize_t size = ::readlink(path.c_str(), target, sizeof target - 1);
    if (size <= 0) break;
    const std::string to(target, static_cast<size_t>(size));
    path = to.starts_with('/') ? to : folder_of(path) + "/" + to;
  }
  char real[PATH_MAX];
  return ::realpath(path.c_str(), real) ? real : path;
}

/// Returns 0 or errno.
int read_all(int fd, std::string& to, size_t most) {
  char part[65536];
  while (to.size() <= most) {
    const ssize_t got = ::read(fd, part, sizeof part);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) return 0;
    to.append(part, static_cast<size_t>(got));
  }
  return 0;
}

int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno;
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return 0;
}

/// Writes the new file completely and syncs it to the disk. Returns 0 or errno.
int write_fresh(const std::string& fresh, std::string_view bytes, const struct stat* like) {
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return errno;
  int reason = write_all(fd, bytes);
  const bool other = like && (like->st_uid != ::geteuid() || like->st_gid != ::getegid());
  if (reason == 0 && other && ::fchown(fd, like->st_uid, like->st_gid) != 0) reason = errno;
  if (reason == 0 && like && ::fchmod(fd, like->st_mode & 07777) != 0) reason = errno;
  if (reason == 0 && ::fsync(fd) != 0) reason = errno;
  if (::close(fd) != 0 && reason == 0) reason = errno;
  return reason;
}

void sync_folder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

Status put_in_place(const std::string& real, std::string_view bytes, const struct stat* like,
                    const std::string& path) {
  const std::string fresh = real + ".callgate-" + hex(random_bytes(6));
  int reason = write_fresh(fresh, bytes, like);
  if (reason == 0 && ::rename(fresh.c_str(), real.c_str()) != 0) reason = errno;
  if (reason != 0) {
    ::unlink(fresh.c_str());
    return error_of("desktop.write", path, std::strerror(reason),
                    "check the folder's permissions and free space; nothing was changed");
  }
  sync_folder(folder_of(real));
  return {};
}

}  // namespace

Result<FileState> read_file_state(const std::string& path) {
  FileState state{path, end_of_links(path), std::nullopt};
  const int fd = ::open(state.real.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return state;
  if (fd < 0)
    return error_of("desktop.unreadable", path, std::strerror(errno), "check its permissions");
  struct stat about {};
  std::string bytes;
  int reason = ::fstat(fd, &about) != 0 ? errno : 0;
  const bool regular = reason == 0 && S_ISREG(about.st_mode);
  if (regular) reason = read_all(fd, bytes, kLargestDesktopFile);
  ::close(fd);
  if (reason != 0)
    return error_of("desktop.unreadable", path, std::strerror(reason), "check its permissions");
  if (!regular)
    return error_of("desktop.not_a_file", path, "this is not a regular file", "check the path");
  if (bytes.size() > kLargestDesktopFile)
    return error_of("desktop.too_large", path, "the file is larger than 4 MiB",
                    "check why the file is so large; callgate has not changed it");
  state.bytes = std::move(bytes);
  return state;
}

Status may_replace(const FileState& file) {
  struct stat about {};
  if (!file.bytes || ::lstat(file.real.c_str(), &about) != 0) return {};
  if ((about.st_mode & 0222) == 0 || ::access(file.real.c_str(), W_OK) != 0)
    return error_of("desktop.read_only", file.path, "the file is read-only",
                    fmt::format("if the file need not be read-only: chmod u+w '{}'", file.real));
  if (about.st_nlink > 1)
    return error_of(
        "desktop.hard_links", file.path,
        fmt::format("the file has {} names (hard links), and replacing it would separate them",
                    about.st_nlink),
        "keep only one of the file's names, or use symbolic links");
  return {};
}

Status still_same(const FileState& file) {
  const auto now = read_file_state(file.path);
  if (!now) return now.error();
  if (now->real == file.real && now->bytes == file.bytes) return {};
  return error_of("desktop.changed", file.path, "the file has changed since the plan was shown",
                  "type the command again to see a new plan");
}

Status make_private_folders(const std::string& path, std::vector<std::string>& made) {
  struct stat about {};
  if (::stat(path.c_str(), &about) == 0) {
    if (S_ISDIR(about.st_mode)) return {};
    return error_of("desktop.write", path, "this is not a folder", "check the path");
  }
  if (path != "/")
    if (Status above = make_private_folders(folder_of(path), made); !above) return above;
  if (::mkdir(path.c_str(), 0700) == 0) {
    made.push_back(path);
  } else if (errno != EEXIST) {
    return error_of("desktop.write", path, std::strerror(errno), "check the folder's permissions");
  }
  return {};
}

Status replace_file(const FileState& file, std::string_view bytes, std::vector<std::string>& made) {
  struct stat about {};
  const bool there = ::stat(file.real.c_str(), &about) == 0;
  if (!there)
    if (Status folders = make_private_folders(folder_of(file.real), made); !folders) return folders;
  return put_in_place(file.real, bytes, there ? &about : nullptr, file.path);
}

Status write_private(const std::string& path, std::string_view bytes) {
  return put_in_place(path, bytes, nullptr, path);
}

DesktopLock::DesktopLock(const std::string& folder) {
  std::vector<std::string> made;
  status_ = make_private_folders(folder, made);
  if (!status_) return;
  const std::string path = folder + "/lock";
  fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd_ < 0) {
    status_ = error_of("desktop.write", path, std::strerror(errno), "check its permissions");
  } else if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    status_ = Error{"desktop.busy", "another callgate is changing clients' files at this moment",
                    "type the command again when the other callgate has ended"};
  }
}

DesktopLock::~DesktopLock() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace callgate
