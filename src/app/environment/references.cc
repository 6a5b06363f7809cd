#include "references.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "app/process/process_info.h"
#include "app/process/run_program.h"
#include "callgate/app/secrets.h"

namespace callgate {

namespace {

using Clock = std::chrono::steady_clock;

enum class ReadEnd { Whole, TooLong, TooLate, Failed };

/// Reads `fd` to its end. Stops earlier at the time `until`, or when more bytes have arrived than a
/// reference may give.
ReadEnd read_until(int fd, Clock::time_point until, std::string& to) {
  char part[4096];
  for (;;) {
    const auto left = std::chrono::duration_cast<Millis>(until - Clock::now()).count();
    pollfd wait{.fd = fd, .events = POLLIN, .revents = 0};
    const int ready = left > 0 ? ::poll(&wait, 1, static_cast<int>(left)) : 0;
    if (ready == 0) return ReadEnd::TooLate;
    if (ready < 0 && errno == EINTR) continue;
    const ssize_t count = ::read(fd, part, sizeof part);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (count < 0) return ReadEnd::Failed;
    if (count == 0) return ReadEnd::Whole;
    to.append(part, static_cast<size_t>(count));
    if (to.size() > kReferenceBytes + 1) return ReadEnd::TooLong;
  }
}

Result<std::string> cut(std::string value, const char* code, const std::string& what) {
  if (value.ends_with('\n')) value.pop_back();
  if (value.ends_with('\r')) value.pop_back();
  if (value.size() > kReferenceBytes) return Error{code, what + " gives more than 64 KiB", ""};
  if (value.empty()) return Error{code, what + " is empty", "a reference must give a value"};
  return value;
}

Error not_whole(ReadEnd end, const char* code, const std::string& what) {
  switch (end) {
    case ReadEnd::TooLong:
      return {code, what + " gives more than 64 KiB", ""};
    case ReadEnd::TooLate:
      return {code, what + " took longer than 10 s",
              "make sure that the command or file gives its value quickly and needs no input"};
    case ReadEnd::Failed:
    case ReadEnd::Whole:
      break;
  }
  return {code, what + " can't be read", ""};
}

Result<std::string> from_file(std::string path, const std::string& what,
                              const ReferenceSources& sources) {
  const std::string* home = sources.lookup("HOME");
  if (home && (path == "~" || path.starts_with("~/"))) path = *home + path.substr(1);
  if (!path.starts_with('/') && !sources.folder.empty()) path = sources.folder + "/" + path;
  // With O_NONBLOCK, opening a named pipe does not wait until another process opens the pipe for
  // writing. Instead, read_until() waits for that process, with a limit.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return Error{"env.file", fmt::format("{}: {}", what, std::strerror(errno)),
                 "create the file, or correct the path"};
  std::string value;
  const ReadEnd end = read_until(fd, Clock::now() + kReferenceLimit, value);
  ::close(fd);
  if (end != ReadEnd::Whole) return not_whole(end, "env.file", what);
  return cut(std::move(value), "env.file", what);
}

Result<std::string> from_command(const std::string& command, const std::string& what,
                                 const ReferenceSources& sources) {
  auto ran = run_program({.argv = {"/bin/sh", "-c", command},
                          .env = sources.command_env,
                          .cwd = sources.folder,
                          .input = "",
                          .limit = kReferenceLimit,
                          .most = kReferenceBytes + 1,
                          .enough = nullptr});
  if (!ran) return Error{"env.command", what + ": " + ran.error().message, ""};
  if (ran->end == Ran::End::TooLong) return not_whole(ReadEnd::TooLong, "env.command", what);
  if (ran->end != Ran::End::Exited) return not_whole(ReadEnd::TooLate, "env.command", what);
  if (ran->status != 0)
    return Error{"env.command", what + " " + end_reason(ran->status),
                 "run the command in a terminal to see why it fails"};
  return cut(std::move(ran->out), "env.command", what);
}

}  // namespace

Result<std::string> read_reference(const std::string& reference, const ReferenceSources& sources) {
  const std::string what = "${" + reference + "}";
  const size_t colon = reference.find(':');
  const std::string kind = reference.substr(0, colon);
  const std::string rest = colon == std::string::npos ? "" : reference.substr(colon + 1);
  if (kind == "env") {
    const std::string* value = sources.lookup(rest);
    if (value && !value->empty()) return *value;
    return Error{"env.missing", what + (value ? " is empty" : " is not set"),
                 "set the variable in the environment in which callgate is started"};
  }
  if (kind == "file" && !rest.empty()) return from_file(rest, what, sources);
  if (kind == "cmd" && !rest.empty()) return from_command(rest, what, sources);
  if (kind == "secret" && !rest.empty()) {
    auto value = read_secret(sources.state_dir, rest);
    if (!value) value.error().message = what + ": " + value.error().message;
    return value;
  }
  return Error{
      "env.reference", what + " is not a reference",
      "write ${env:NAME}, ${file:PATH}, ${cmd:COMMAND} or ${secret:NAME}; $$ is a plain $"};
}

}  // namespace callgate
