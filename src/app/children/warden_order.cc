#include "warden_order.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>

#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

extern char** environ;

namespace callgate {

namespace {

using Kind = WardenReport::Kind;

template <class Which>
void set_soft_limit(Which which, uint64_t soft) {
  rlimit limit{};
  if (soft == 0 || ::getrlimit(which, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(static_cast<rlim_t>(soft), limit.rlim_max);
  ::setrlimit(which, &limit);
}

void use_default_signal_actions() {
  for (int signal = 1; signal < NSIG; ++signal) std::signal(signal, SIG_DFL);
#ifdef SYS_rt_sigaction
  // posix_spawn() has made the warden ignore the signals that glibc keeps for itself, and glibc's
  // functions do not change them. The kernel's struct sigaction has at most as many bytes.
  constexpr char kDefault[sizeof(struct sigaction)] = {};
  constexpr size_t kSetSize = 8;
  for (const int signal : {32, 33})
    ::syscall(SYS_rt_sigaction, signal, kDefault, nullptr, kSetSize);
#endif
}

}  // namespace

bool read_fully(int fd, void* to, size_t size) {
  auto* at = static_cast<char*>(to);
  while (size > 0) {
    const ssize_t count = ::read(fd, at, size);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    at += count;
    size -= static_cast<size_t>(count);
  }
  return true;
}

void report(int fd, Kind kind, int value) {
  const WardenReport message{.kind = kind, .value = value};
  // An error is ignored: if the gate has ended, the next read from its socket shows that.
  static_cast<void>(!::write(fd, &message, sizeof message));
}

bool read_order(Order& order) {
  WardenOrder head;
  if (!read_fully(kWardenDescriptor, &head, sizeof head)) return false;
  if (head.text_size == 0 || head.text_size > kWardenTextLimit || head.arguments == 0) return false;
  if (head.arguments > head.text_size || head.variables > head.text_size) return false;
  order.text.reset(new (std::nothrow) char[head.text_size]);
  order.arguments.reset(new (std::nothrow) char* [head.arguments + 1] {});
  order.variables.reset(new (std::nothrow) char* [head.variables + 1] {});
  if (!order.text || !order.arguments || !order.variables) return false;
  char* text = order.text.get();
  if (!read_fully(kWardenDescriptor, text, head.text_size) || text[head.text_size - 1] != '\0')
    return false;
  const char* end = text + head.text_size;
  const auto next = [&text, end] {
    char* word = text < end ? text : nullptr;
    if (word) text += std::strlen(word) + 1;
    return word;
  };
  order.open_files = head.open_files;
  order.core_file = head.core_file;
  order.folder = next();
  for (uint32_t i = 0; i < head.arguments; ++i) order.arguments[i] = next();
  for (uint32_t i = 0; i < head.variables; ++i) order.variables[i] = next();
  return order.arguments[0] != nullptr;
}

[[noreturn]] void become_server(const Order& order, int report_to, pid_t warden) {
  ::setsid();
#ifdef __linux__
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // the server is killed when its warden ends
#endif
  if (::getppid() != warden) ::_exit(127);
  use_default_signal_actions();
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  set_soft_limit(RLIMIT_NOFILE, order.open_files);
  set_soft_limit(RLIMIT_CORE, order.core_file);
  if (*order.folder != '\0' && ::chdir(order.folder) != 0) {
    report(report_to, Kind::NoFolder, errno);
    ::_exit(127);
  }
  environ = order.variables.get();
  const char* file = order.arguments[0];
  ::execvp(file, order.arguments.get());
  const int error = errno;
  const bool there = error == ENOENT && std::strchr(file, '/') && ::access(file, F_OK) == 0;
  report(report_to, there ? Kind::NotFound : Kind::NotExecuted, error);
  ::_exit(127);
}

}  // namespace callgate
