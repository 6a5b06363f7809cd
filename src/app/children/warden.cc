#include "callgate/app/warden.h"

#include <fcntl.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>

#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

#include "app/process/descendants.h"
#include "app/process/gate_privacy.h"
#include "warden_order.h"
#include "warden_protocol.h"

namespace callgate {

bool is_warden_call(int argc, char** argv) {
  return argc > 1 && std::strcmp(argv[1], kWardenArgument) == 0;
}

namespace {

using Kind = WardenReport::Kind;

// The processes that the server has started may run for this long after the server's own process
// has ended.
constexpr long kLeftoversMillis = 250;
// The warden tries for this long to kill processes. Some cannot be killed: processes of another
// user, or processes that hang in a dead file system.
constexpr long kKillMillis = 5000;

long now_millis() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

void close_others() {
#ifdef SYS_close_range
  if (::syscall(SYS_close_range, kLastWardenDescriptor + 1, ~0U, 0U) == 0) return;
#endif
  const long most = std::min(::sysconf(_SC_OPEN_MAX), 65'536L);
  for (int fd = kLastWardenDescriptor + 1; fd < most; ++fd) ::close(fd);
}

void ignore_signals() {
  for (const int signal :
       {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGUSR1, SIGUSR2, SIGTSTP, SIGTTIN, SIGTTOU}) {
    std::signal(signal, SIG_IGN);
  }
  struct sigaction wake {};
  wake.sa_handler = [](int) {};
  wake.sa_flags = SA_NOCLDSTOP;
  ::sigaction(SIGCHLD, &wake, nullptr);
  // SIGCHLD is blocked except in pselect() (see wait()). Otherwise a SIGCHLD could arrive just
  // before pselect(), which would then not wake up.
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  ::sigprocmask(SIG_SETMASK, &child, nullptr);
}

class Warden {
 public:
  /// Starts the server. Returns false if no process could be started.
  bool launch(const Order& order);
  void serve();

 private:
  bool reap();
  void kill_all();
  void settle_start();
  bool obey();
  bool note_end();
  void gate_is_gone();
  void keep_times();
  long time_left() const;
  void wait(long millis, bool watch);
  void drop_output(const fd_set& readable);

  pid_t server_ = 0;
  int started_ = -1;  ///< a pipe that reports how the exec went; -1 once we know
  bool ran_ = false, ended_ = false;
  bool alone_ = false;  ///< the gate has ended, and the server still has time to end
  long ended_at_ = 0;
  long terminate_at_ = 0, kill_at_ = 0;  ///< 0: not set
  int outputs_[2] = {kWardenOutputs[0], kWardenOutputs[1]};
};

bool Warden::launch(const Order& order) {
  int ends[2];
  if (::pipe(ends) != 0) {
    report(kWardenDescriptor, Kind::NotForked, errno);
    return false;
  }
  for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
  const pid_t self = ::getpid();
  server_ = ::fork();
  if (server_ < 0) {
    report(kWardenDescriptor, Kind::NotForked, errno);
    return false;
  }
  if (server_ == 0) become_server(order, ends[1], self);
  ::close(ends[1]);
  started_ = ends[0];
  // Closes the warden's copies of the server's stdin, stdout and stderr, so that the gate reads the
  // end of a pipe as soon as the server closes it.
  const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (const int fd : {0, 1, 2}) {
    if (null >= 0)
      ::dup2(null, fd);
    else
      ::close(fd);
  }
  if (null > 2) ::close(null);
  return true;
}

void Warden::settle_start() {
  if (started_ < 0) return;
  WardenReport failure;
  if (read_fully(started_, &failure, sizeof failure)) {
    report(kWardenDescriptor, failure.kind, failure.value);
  } else {
    ran_ = true;
    report(kWardenDescriptor, Kind::Running, server_);
  }
  ::close(started_);
  started_ = -1;
}

/// Collects the status of all children that have ended (waitpid). Returns false if no process is
/// left below the warden.
bool Warden::reap() {
  for (;;) {
    int status = 0;
    const pid_t pid = ::waitpid(-1, &status, WNOHANG);
    if (pid == 0) return true;
    if (pid < 0) return errno != ECHILD;
    if (pid != server_) continue;
    settle_start();
    ended_ = true;
    ended_at_ = now_millis();
    if (ran_) report(kWardenDescriptor, Kind::Ended, status);
  }
}

void Warden::wait(long millis, bool watch) {
  fd_set readable;
  FD_ZERO(&readable);
  if (watch && !alone_) FD_SET(kWardenDescriptor, &readable);
  if (watch && started_ >= 0) FD_SET(started_, &readable);
  if (watch && alone_)
    for (const int output : outputs_)
      if (output >= 0) FD_SET(output, &readable);
  const timespec limit{.tv_sec = millis / 1000, .tv_nsec = millis % 1000 * 1'000'000};
  sigset_t none;
  sigemptyset(&none);
  const int ready = ::pselect(std::max(kLastWardenDescriptor, started_) + 1, &readable, nullptr,
                              nullptr, millis < 0 ? nullptr : &limit, &none);
  if (ready <= 0 || !watch) return;
  if (started_ >= 0 && FD_ISSET(started_, &readable)) settle_start();
  if (alone_) return drop_output(readable);
  if (FD_ISSET(kWardenDescriptor, &readable) && !obey()) gate_is_gone();
}

/// Called after the gate has ended. Reads and drops the server's output, because a server that
/// cannot write its output would hang instead of ending.
void Warden::drop_output(const fd_set& readable) {
  char bytes[16'384];
  for (int& output : outputs_) {
    if (output < 0 || !FD_ISSET(output, &readable)) continue;
    const ssize_t count = ::read(output, bytes, sizeof bytes);
    if (count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN))) continue;
    ::close(output);
    output = -1;
  }
}

void Warden::gate_is_gone() {
  if (kill_at_ != 0) {
    alone_ = true;
    return;
  }
  kill_all();
  ::_exit(0);
}

/// Reads and executes one command of the gate. Returns false if the gate has ended.
bool Warden::obey() {
  char command = 0;
  ssize_t count = 0;
  do {
    count = ::read(kWardenDescriptor, &command, 1);
  } while (count < 0 && errno == EINTR);
  if (count <= 0) return false;
  if (command == static_cast<char>(WardenCommand::End)) return note_end();
  if (command == static_cast<char>(WardenCommand::Kill)) kill_all();
  return true;
}

bool Warden::note_end() {
  WardenEnd end;
  if (!read_fully(kWardenDescriptor, &end, sizeof end)) return false;
  const long now = now_millis();
  const long terminate_at = now + static_cast<long>(end.terminate_millis),
             kill_at = now + static_cast<long>(end.kill_millis);
  const bool first = kill_at_ == 0;
  if (first || (terminate_at_ != 0 && terminate_at < terminate_at_)) terminate_at_ = terminate_at;
  if (first || kill_at < kill_at_) kill_at_ = kill_at;
  return true;
}

void Warden::keep_times() {
  const long now = now_millis();
  if (terminate_at_ != 0 && now >= terminate_at_) {
    terminate_at_ = 0;
    if (!ended_) ::kill(-server_, SIGTERM);
  }
  const bool over = kill_at_ != 0 && now >= kill_at_;
  const bool left_over = ended_ && now >= ended_at_ + kLeftoversMillis;
  if (!over && !left_over) return;
  kill_all();
  // kill_all() has done what it can. If processes remain that cannot be killed, the warden leaves
  // them and ends.
  if (alone_ || left_over) ::_exit(0);
  kill_at_ = 0;
}

/// Returns the milliseconds until the next deadline, or -1 if no deadline is set.
long Warden::time_left() const {
  long at = 0;
  for (const long each : {terminate_at_, kill_at_, ended_ ? ended_at_ + kLeftoversMillis : 0})
    if (each != 0 && (at == 0 || each < at)) at = each;
  return at == 0 ? -1 : std::max(0L, at - now_millis());
}

void Warden::kill_all() {
  const long give_up = now_millis() + kKillMillis;
  long pause = 1;
  do {
#ifdef __linux__
    kill_descendants();
#else
    ::kill(-server_, SIGKILL);
#endif
    if (!reap()) return;
    wait(pause, false);
    pause = std::min(pause * 2, 100L);
  } while (reap() && now_millis() < give_up);
}

void Warden::serve() {
  while (reap()) {
    keep_times();
    wait(time_left(), true);
  }
#ifndef __linux__
  // This system has no subreapers. So there may still be processes in the server's process group
  // although the warden has no children left.
  wait(kLeftoversMillis, true);
  ::kill(-server_, SIGKILL);
#endif
}

}  // namespace

int warden_main(int, char**) {
  hide_this_process();  // because it has the gate's environment and the server's descriptors
  ignore_signals();
  close_others();
  for (int fd = kWardenDescriptor; fd <= kLastWardenDescriptor; ++fd)
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
#ifdef __linux__
  ::prctl(PR_SET_NAME, "callgate-warden");
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
#endif
  Order order;
  Warden warden;
  if (read_order(order) && warden.launch(order)) warden.serve();
  return 0;
}

}  // namespace callgate
