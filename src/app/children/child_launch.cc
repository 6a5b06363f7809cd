#include "child_launch.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "app/process/descendants.h"
#include "app/process/process_info.h"
#include "callgate/app/warden.h"
#include "callgate/io/descriptor.h"
#include "callgate/io/spawn.h"
#include "warden_order.h"
#include "warden_protocol.h"

extern char** environ;

namespace callgate {

namespace {

constexpr const char* kRun = "CALLGATE_RUN=";
constexpr const char* kShellLevel = "SHLVL=";

struct Pipes {
  Descriptor in, out, err, control;                          // our ends
  Descriptor child_in, child_out, child_err, child_control;  // the warden's ends
  Descriptor warden_out, warden_err;  // copies of `out` and `err` for the warden (kWardenOutputs)
};

/// Creates the connection for one direction: from us to the child, or from the child to us.
///
/// If `socket` is true, the connection is a pair of sockets, otherwise a pipe. On Linux, any
/// process of the same user can open a pipe through the file /proc/PID/fd/N, so a server could
/// write into the pipe from which another server reads. A socket cannot be opened in this way.
/// Other systems have no such files, so there the connection is always a pipe.
Result<PipePair> make_direction(bool socket) {
#ifdef __linux__
  if (socket) {
    auto pair = make_socket_pair();
    if (!pair) return pair.error();
    // A socket works in both directions. This closes the direction that we do not need, so that
    // writing at the reading end fails, as it does with a pipe. Otherwise a process could write
    // bytes there that nobody reads, and closing a socket with unread bytes resets the connection.
    ::shutdown(pair->theirs, SHUT_WR);
    return PipePair{.read = pair->theirs, .write = pair->ours};
  }
#else
  static_cast<void>(socket);
#endif
  return make_pipe();
}

Result<Pipes> make_pipes(ChildStdio kind) {
  auto in = make_direction(kind != ChildStdio::Pipes),
       out = make_direction(kind == ChildStdio::Sockets), err = make_pipe();
  auto control = make_socket_pair();
  Pipes all;
  if (in) all.in = Descriptor(in->write), all.child_in = Descriptor(in->read);
  if (out) all.out = Descriptor(out->read), all.child_out = Descriptor(out->write);
  if (err) all.err = Descriptor(err->read), all.child_err = Descriptor(err->write);
  if (control)
    all.control = Descriptor(control->ours), all.child_control = Descriptor(control->theirs);
  for (const auto* pair : {&in, &out, &err}) {
    if (!*pair) return pair->error();
  }
  if (!control) return control.error();
  all.warden_out = Descriptor(::fcntl(all.out.get(), F_DUPFD_CLOEXEC, 0));
  all.warden_err = Descriptor(::fcntl(all.err.get(), F_DUPFD_CLOEXEC, 0));
  if (all.warden_out.get() < 0 || all.warden_err.get() < 0)
    return Error{"io.pipe", std::strerror(errno), ""};
  return all;
}

bool is_run(std::string_view variable) { return variable.starts_with(kRun); }

/// Returns the environment of the warden: our own environment and the id of the run. The warden
/// does not get the server's environment, because a LD_LIBRARY_PATH of the server must not affect
/// our binary.
std::vector<std::string> warden_environment(const std::string& run_id) {
  std::vector<std::string> all{kRun + run_id};
  for (char** variable = environ; *variable; ++variable) {
    if (!is_run(*variable)) all.emplace_back(*variable);
  }
  return all;
}

std::string warden_order(const ChildOptions& options) {
  WardenOrder head{.arguments = static_cast<uint32_t>(options.argv.size()),
                   .variables = 1,
                   .open_files = options.limits.open_files,
                   .core_file = options.limits.core_file};
  std::string text;
  const auto add = [&text](const std::string& word) {
    text.append(word.c_str(), std::strlen(word.c_str()) + 1);
  };
  add(options.cwd);
  for (const auto& word : options.argv) add(word);
  add(kRun + options.run_id);
  bool level = options.stdio == ChildStdio::Pipes;
  for (const auto& variable : options.env) {
    if (is_run(variable)) continue;
    add(variable);
    ++head.variables;
    level = level || variable.starts_with(kShellLevel);
  }
  // If stdin is a socket and SHLVL is not set, bash assumes that a program for remote logins has
  // started it, and reads ~/.bashrc. So SHLVL is set.
  if (!level) {
    add(std::string(kShellLevel) + "1");
    ++head.variables;
  }
  head.text_size = static_cast<uint32_t>(text.size());
  std::string order(reinterpret_cast<const char*>(&head), sizeof head);
  return order += text;
}

Error child_not_started(const Error& cause) {
  return {"child.start", "could not be started: " + cause.message,
          "end other programs or raise the limit of open files (ulimit -n)"};
}

/// Starts the warden on another thread, because this one would wait until the warden runs. If that
/// fails, the reason arrives at our end of the control socket, as if the warden had reported it.
void start_warden(const ChildOptions& options, Pipes pipes) {
  SpawnOptions warden{
      .file = options.warden.empty() ? own_program() : options.warden,
      .args = {"callgate", kWardenArgument, options.server, options.run_id},
      .env = warden_environment(options.run_id),
      .cwd = "",
      .fds = {pipes.child_in.get(), pipes.child_out.get(), pipes.child_err.get(),
              pipes.child_control.get(), pipes.warden_out.get(), pipes.warden_err.get()}};
  const int control = pipes.child_control.get();
  std::vector<Descriptor> fds;
  for (Descriptor* fd : {&pipes.child_in, &pipes.child_out, &pipes.child_err, &pipes.child_control,
                         &pipes.warden_out, &pipes.warden_err})
    fds.push_back(std::move(*fd));
  spawn_aside(std::move(warden), std::move(fds),
              [control](int error) { report(control, WardenReport::Kind::NoWarden, error); });
}

}  // namespace

Result<Launched> launch_warden(Loop& loop, const ChildOptions& options) {
  if (options.argv.empty())
    return Error{"child.start", "could not be started: no command",
                 "set \"command\" in the server's entry"};
  auto pipes = make_pipes(options.stdio);
  if (!pipes) return child_not_started(pipes.error());
  const std::string order = warden_order(options);
  if (order.size() > kWardenTextLimit)
    return Error{"child.start", "could not be started: arguments and environment over 16 MiB", ""};
  Launched launched;
  struct End {
    std::unique_ptr<Stream>& stream;
    Descriptor& fd;
  };
  for (const End& end : {End{launched.in, pipes->in}, End{launched.out, pipes->out},
                         End{launched.err, pipes->err}, End{launched.control, pipes->control}}) {
    auto opened = Stream::open(loop, end.fd.release());
    if (!opened) return child_not_started(opened.error());
    end.stream = std::move(*opened);
  }
  launched.control->write(order);
  start_warden(options, std::move(*pipes));
  return launched;
}

}  // namespace callgate
