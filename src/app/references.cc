#include "references.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>

#include "callgate/io/stream.h"
#include "child_reason.h"

extern char** environ;

namespace callgate {

namespace {

using Clock = std::chrono::steady_clock;

enum class End { Whole, TooLong, TooLate, Failed };

/// To the end of `fd`, at most the limit, at most until `until`.
End read_until(int fd, Clock::time_point until, std::string& to) {
  char part[4096];
  for (;;) {
    const auto left = std::chrono::duration_cast<Millis>(until - Clock::now()).count();
    pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
    const int ready = left > 0 ? ::poll(&wait, 1, static_cast<int>(left)) : 0;
    if (ready == 0) return End::TooLate;
    if (ready < 0 && errno == EINTR) continue;
    const ssize_t count = ::read(fd, part, sizeof part);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return End::Failed;
    if (count == 0) return End::Whole;
    to.append(part, static_cast<size_t>(count));
    if (to.size() > kReferenceBytes + 1) return End::TooLong;
  }
}

Result<std::string> cut(std::string value, const char* code, const std::string& what) {
  if (value.ends_with('\n')) value.pop_back();
  if (value.ends_with('\r')) value.pop_back();
  if (value.size() > kReferenceBytes) return Error{code, what + " gives more than 64 KiB", ""};
  if (value.empty()) return Error{code, what + " is empty", "a reference must give a value"};
  return value;
}

Error not_whole(End end, const char* code, const std::string& what) {
  switch (end) {
    case End::TooLong:
      return {code, what + " gives more than 64 KiB", ""};
    case End::TooLate:
      return {code, what + " took longer than 10 s", "try it in a terminal; it must not ask"};
    case End::Failed:
    case End::Whole:
      break;
  }
  return {code, what + " can't be read", ""};
}

Result<std::string> from_file(std::string path, const std::string& what,
                              const VariableLookup& lookup) {
  if (const std::string* home = lookup("HOME"); home && (path == "~" || path.starts_with("~/")))
    path = *home + path.substr(1);
  // Not waiting for a named pipe's writer here: the wait below has a limit.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return Error{"env.file", fmt::format("{}: {}", what, std::strerror(errno)),
                 "create the file, or correct the path"};
  std::string value;
  const End end = read_until(fd, Clock::now() + kReferenceLimit, value);
  ::close(fd);
  if (end != End::Whole) return not_whole(end, "env.file", what);
  return cut(std::move(value), "env.file", what);
}

/// The shell in a group of its own, so that a limit ends all of it.
Result<pid_t> start_shell(const std::string& command, int out) {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&files);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&files, out, 1);
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  sigdelset(&all, SIGKILL);
  sigdelset(&all, SIGSTOP);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes,
                           POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::string shell = "sh", option = "-c", text = command;
  char* arguments[] = {shell.data(), option.data(), text.data(), nullptr};
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, "/bin/sh", &files, &attributes, arguments, environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) return Error{"env.command", std::strerror(error), ""};
  return pid;
}

Result<std::string> from_command(const std::string& command, const std::string& what) {
  auto pipe = make_pipe();
  if (!pipe) return Error{"env.command", what + ": " + pipe.error().message, ""};
  const auto pid = start_shell(command, pipe->write);
  ::close(pipe->write);
  if (!pid) {
    ::close(pipe->read);
    return Error{"env.command", what + ": " + pid.error().message, ""};
  }
  const auto until = Clock::now() + kReferenceLimit;
  std::string value;
  End end = read_until(pipe->read, until, value);
  ::close(pipe->read);
  int status = 0;
  // It may have closed its output and live on.
  while (end == End::Whole && ::waitpid(*pid, &status, WNOHANG) == 0) {
    if (Clock::now() >= until) end = End::TooLate;
    ::poll(nullptr, 0, 1);
  }
  if (end != End::Whole) {
    ::kill(-*pid, SIGKILL);
    ::waitpid(*pid, &status, 0);
  }
  if (end != End::Whole) return not_whole(end, "env.command", what);
  if (status != 0)
    return Error{"env.command", what + " " + end_reason(status), "try it in a terminal"};
  return cut(std::move(value), "env.command", what);
}

}  // namespace

Result<std::string> read_reference(const std::string& reference, const VariableLookup& lookup) {
  const std::string what = "${" + reference + "}";
  const size_t colon = reference.find(':');
  const std::string kind = reference.substr(0, colon);
  const std::string rest = colon == std::string::npos ? "" : reference.substr(colon + 1);
  if (kind == "env") {
    const std::string* value = lookup(rest);
    if (value && !value->empty()) return *value;
    return Error{"env.missing", what + (value ? " is empty" : " is not set"),
                 "set it where callgate is started"};
  }
  if (kind == "file" && !rest.empty()) return from_file(rest, what, lookup);
  if (kind == "cmd" && !rest.empty()) return from_command(rest, what);
  return Error{"env.reference", what + " is not a reference",
               "write ${env:NAME}, ${file:PATH} or ${cmd:COMMAND}; $$ is a plain $"};
}

}  // namespace callgate
