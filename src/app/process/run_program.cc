#include "run_program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <utility>

#include "callgate/io/descriptor.h"
#include "callgate/io/spawn.h"
#include "callgate/io/stream.h"
#include "inherited.h"

extern char** environ;

namespace callgate {

namespace {

using Clock = std::chrono::steady_clock;
using End = Ran::End;

// The time between two checks whether the program has ended, in milliseconds. Waiting for the end
// of its output is not enough, because another process may hold the pipe open.
constexpr int kLookEvery = 20;
constexpr size_t kErrorsKept = 1024;

std::vector<std::string> our_environment() {
  std::vector<std::string> all;
  for (char** variable = environ; *variable; ++variable) all.emplace_back(*variable);
  return all;
}

Error program_not_started(const std::string& why) { return {"program.start", why, ""}; }

class Run {
 public:
  explicit Run(const Program& program) : program_(program), until_(Clock::now() + program.limit) {}

  Result<Ran> run() {
    if (Status started = start(); !started) return started.error();
    ran_.end = listen();
    in_.close();
    out_.close();
    err_.close();
    if (ran_.end == End::Exited && !gone_) ran_.end = wait_for_end();
    if (ran_.end != End::Exited) {
      ::kill(-pid_, SIGKILL);
      while (!gone_ && ::waitpid(pid_, &ran_.status, 0) < 0 && errno == EINTR) {
      }
    }
    return std::move(ran_);
  }

 private:
  Status start() {
    auto in = make_pipe(), out = make_pipe(), err = make_pipe();
    if (in) in_ = Descriptor(in->write), child_in_ = Descriptor(in->read);
    if (out) out_ = Descriptor(out->read), child_out_ = Descriptor(out->write);
    if (err) err_ = Descriptor(err->read), child_err_ = Descriptor(err->write);
    for (const auto* each : {&in, &out, &err})
      if (!*each) return program_not_started(each->error().message);
    // The input is written before the program starts. It fits into the pipe, so the write does not
    // block, and we hold the reading end, so it does not fail.
    ENSURE(program_.input.size() <= kProgramInput);
    if (::write(in_.get(), program_.input.data(), program_.input.size()) !=
        static_cast<ssize_t>(program_.input.size()))
      return program_not_started("its input could not be written to a pipe");
    in_.close();
    if (const Status spawned = spawn(); !spawned)
      return program_not_started(spawned.error().message);
    child_in_.close();
    child_out_.close();
    child_err_.close();
    for (const int fd : {out_.get(), err_.get()})
      ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    return {};
  }

  Status spawn() {
    const bool errors_dropped = program_.errors == Program::Errors::Dropped;
    const int kept = program_.errors == Program::Errors::Kept ? child_err_.get() : 2;
    const auto pid = spawn_process({.file = program_.argv[0],
                                    .args = program_.argv,
                                    .env = program_.env ? *program_.env : our_environment(),
                                    .cwd = program_.cwd,
                                    .fds = {program_.input.empty() ? -1 : child_in_.get(),
                                            child_out_.get(), errors_dropped ? -1 : kept},
                                    .own_session = program_.own_session});
    if (!pid) return pid.error();
    pid_ = *pid;
    return {};
  }

  bool ended() {
    if (!gone_) gone_ = ::waitpid(pid_, &ran_.status, WNOHANG) != 0;
    return gone_;
  }

  /// Reads until the output is complete or the program ends.
  End listen() {
    bool open = true;
    while (open) {
      const auto left = std::chrono::ceil<Millis>(until_ - Clock::now()).count();
      if (left <= 0) return End::TooLate;
      pollfd wait[2] = {{.fd = out_.get(), .events = POLLIN, .revents = 0},
                        {.fd = err_.get(), .events = POLLIN, .revents = 0}};
      const int ready =
          ::poll(wait, err_.get() < 0 ? 1 : 2, std::min<int>(kLookEvery, static_cast<int>(left)));
      const bool over = ready == 0 && ended();
      if (!take(err_.get(), ran_.err, kErrorsKept)) err_.close();
      open = take(out_.get(), ran_.out, program_.most) && !over;
      if (ran_.out.size() > program_.most) return End::TooLong;
      if (program_.enough && program_.enough(ran_.out)) return End::Enough;
    }
    return End::Exited;
  }

  /// Appends what has arrived to `to`, until `to` has one byte more than `most`. Returns false if
  /// the output has ended or cannot be read.
  static bool take(int fd, std::string& to, size_t most) {
    char part[4096];
    while (fd >= 0) {
      const ssize_t count = ::read(fd, part, sizeof part);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return errno == EAGAIN;
      if (count == 0) return false;
      to.append(part,
                std::min(static_cast<size_t>(count), most + 1 - std::min(to.size(), most + 1)));
      if (to.size() > most) return true;
    }
    return false;
  }

  /// Waits for the program's end. The program may have closed its output and go on running.
  End wait_for_end() {
    while (!ended()) {
      if (Clock::now() >= until_) return End::TooLate;
      ::poll(nullptr, 0, 1);
    }
    return End::Exited;
  }

  const Program& program_;
  const Clock::time_point until_;
  Descriptor in_, out_, err_, child_in_, child_out_, child_err_;
  pid_t pid_ = 0;
  bool gone_ = false;
  Ran ran_;
};

}  // namespace

Result<Ran> run_program(const Program& program) {
  const ProgramRuns running;
  return Run(program).run();
}

}  // namespace callgate
