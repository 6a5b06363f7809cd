#include "grant_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "callgate/base/log.h"

namespace callgate {

std::shared_ptr<GrantLock> GrantLock::try_lock(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.get() < 0) {
    log::warn("{} cannot be opened, so two processes may renew a sign-in at the same time", path);
    return std::shared_ptr<GrantLock>(new GrantLock(Descriptor()));
  }
  int locked = 0;
  do {
    locked = ::flock(file.get(), LOCK_EX | LOCK_NB);
  } while (locked != 0 && errno == EINTR);
  if (locked != 0 && errno == EWOULDBLOCK) return nullptr;
  auto lock = std::shared_ptr<GrantLock>(new GrantLock(std::move(file)));
  struct stat about {};
  lock->was_interrupted_ = ::fstat(lock->file_.get(), &about) == 0 && about.st_size > 0;
  return lock;
}

void GrantLock::begin() {
  if (file_.get() < 0) return;
  if (::pwrite(file_.get(), "1", 1, 0) != 1) log::debug("a sign-in's lock file cannot be written");
}

void GrantLock::end() {
  if (file_.get() < 0) return;
  if (::ftruncate(file_.get(), 0) != 0) log::debug("a sign-in's lock file cannot be written");
}

}  // namespace callgate
