#include "gate_start.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/syscall.h>
#endif

#include <array>
#include <cerrno>
#include <cstring>

#include "app/process/process_info.h"
#include "callgate/base/digest.h"
#include "callgate/io/descriptor.h"
#include "callgate/io/paths.h"
#include "callgate/io/private_file.h"

namespace callgate {

namespace {

// The lock belongs to an open file. The front locks it, and the gate inherits the open file under
// this number. So the lock is released when the front has closed the file, and the gate is ready or
// has ended.
constexpr int kLockDescriptor = 3;
constexpr off_t kLongestLog = off_t{4} << 20;

std::string folder_of(const std::string& state_dir) { return state_dir + "/shared"; }

/// Returns a text that differs for each installed file of the program.
std::string build() { return hex(sha256("callgate " + file_version(own_program()))).substr(0, 12); }

std::string lock_file(const std::string& state_dir) {
  return folder_of(state_dir) + "/" + build() + ".lock";
}

Error not_started(const std::string& why) {
  return {"attach.start", "the shared gate could not be started: " + why, ""};
}

Descriptor open_log(const std::string& state_dir) {
  const std::string path = shared_log(state_dir);
  make_state_folder(path.substr(0, path.rfind('/')));
  Descriptor log(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  struct stat about {};
  if (log.get() >= 0 && ::fstat(log.get(), &about) == 0 && about.st_size > kLongestLog)
    static_cast<void>(::ftruncate(log.get(), 0));
  return log;
}

/// Closes the descriptors that the client has left open. Otherwise the gate would keep them open
/// long after the client's end.
void close_the_clients_files() {
  constexpr int kFirst = kLockDescriptor + 1;
#ifdef SYS_close_range
  if (::syscall(SYS_close_range, kFirst, ~0U, 0) == 0) return;
#endif
  for (int fd = kFirst; fd < 4096; ++fd) ::close(fd);
}

/// Runs in the forked process. Calls only functions that are safe there.
[[noreturn]] void become_gate(const char* program, char* const* arguments, int lock, int log) {
  // After a second fork, the gate is a child of init and not of the client's callgate. setsid()
  // detaches it from the terminal.
  if (::setsid() < 0 || ::chdir("/") != 0) ::_exit(1);
  const pid_t gate = ::fork();
  if (gate != 0) ::_exit(gate < 0 ? 1 : 0);
  const int null = ::open("/dev/null", O_RDWR);
  ::dup2(null, 0);
  ::dup2(null, 1);
  ::dup2(log >= 0 ? log : null, 2);
  if (lock == kLockDescriptor)
    ::fcntl(lock, F_SETFD, 0);
  else
    ::dup2(lock, kLockDescriptor);
  close_the_clients_files();
  ::execv(program, arguments);
  ::_exit(1);
}

}  // namespace

std::string shared_socket(const std::string& state_dir) {
  return folder_of(state_dir) + "/" + build() + ".sock";
}

std::string shared_log(const std::string& state_dir) { return state_dir + "/logs/shared-gate.log"; }

bool shared_gate_starts(const std::string& state_dir) {
  const Descriptor lock(::open(lock_file(state_dir).c_str(), O_RDWR | O_CLOEXEC));
  return lock.get() >= 0 && ::flock(lock.get(), LOCK_EX | LOCK_NB) != 0;
}

Result<bool> start_shared_gate(const Places& places) {
  const std::string path = lock_file(places.state_dir);
  make_state_folder(folder_of(places.state_dir));
  const Descriptor lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.get() < 0) return not_started(path + ": " + std::strerror(errno));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) return false;  // another front starts the gate
  const Descriptor log = open_log(places.state_dir);
  const std::string program = own_program();
  std::array<std::string, 4> words = {program, "--config", places.config_file, "shared-gate"};
  std::array<char*, 5> arguments{};
  for (size_t i = 0; i < words.size(); ++i) arguments[i] = words[i].data();
  const pid_t first = ::fork();
  if (first < 0) return not_started(std::strerror(errno));
  if (first == 0) become_gate(program.c_str(), arguments.data(), lock.get(), log.get());
  int status = 0;
  while (::waitpid(first, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) return not_started("the system refused another process");
  return true;
}

void shared_gate_started(const std::string& state_dir) {
  struct stat inherited {
  }, lock{};
  if (::fstat(kLockDescriptor, &inherited) == 0 &&
      ::stat(lock_file(state_dir).c_str(), &lock) == 0 && inherited.st_dev == lock.st_dev &&
      inherited.st_ino == lock.st_ino)
    ::close(kLockDescriptor);
}

}  // namespace callgate
