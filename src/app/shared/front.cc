// The front: what a client's callgate does if the shared gate serves the client.
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "attach_messages.h"
#include "callgate/app/shared_gate.h"
#include "callgate/base/log.h"
#include "callgate/base/stderr.h"
#include "callgate/io/descriptor_passing.h"
#include "callgate/io/paths.h"
#include "callgate/io/unix_socket.h"
#include "gate_start.h"

extern char** environ;

namespace callgate {

namespace {

using Clock = std::chrono::steady_clock;

constexpr Millis kFirstPause{2}, kLongestPause{50};
constexpr size_t kLongestAnswer = 64 * 1024;

Workspace own_workspace() {
  Workspace workspace{.folder = resolve_path(".", "").value_or("/"), .variables = {}};
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view variable = *entry;
    const size_t equals = variable.find('=');
    if (equals != std::string_view::npos && equals > 0)
      workspace.variables.emplace(variable.substr(0, equals), variable.substr(equals + 1));
  }
  return workspace;
}

std::atomic<int> g_socket{-1};

/// At a signal that asks this process to end, the gate reads the end of the input. It then ends the
/// session as if this process were the gate, and this process ends when that is done.
void end_session_at_signals(int socket) {
  g_socket = socket;
  struct sigaction action {};
  action.sa_handler = [](int) { ::shutdown(g_socket, SHUT_WR); };
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

/// One attempt to be served by the shared gate.
class Front {
 public:
  explicit Front(const FrontOptions& options)
      : options_(options), until_(Clock::now() + options.limit) {}

  /// Connects to the shared gate, and starts it if it does not run.
  Status connect() {
    Millis pause = kFirstPause;
    for (;;) {
      Result<int> connected = connect_unix(shared_socket(options_.places.state_dir));
      if (connected) {
        socket_ = Descriptor(*connected);
        return {};
      }
      if (connected.error().code == "io.refused") {
        if (Status started = start_shared_gate(options_.places); !started) return started;
      }
      if (left() <= pause)
        return Error{"attach.slow", "the shared gate could not be reached in time",
                     "see " + shared_log(options_.places.state_dir)};
      std::this_thread::sleep_for(pause);
      pause = std::min(2 * pause, kLongestPause);
    }
  }

  /// Passes the client's descriptors. Afterwards, only the gate reads the client's messages.
  Status pass_client() {
    const Hello hello{
        .config = options_.config, .profile = options_.profile, .workspace = own_workspace()};
    const Status sent =
        send_line_with(socket_.get(), write_hello(hello), {STDIN_FILENO, STDOUT_FILENO}, left());
    if (!sent) return sent.error();
    Result<std::string> answer = receive_line(socket_.get(), kLongestAnswer, left());
    if (!answer) return answer.error();
    if (*answer != kHave) return read_refusal(std::move(*answer));
    return send_line_with(socket_.get(), kBegin, {}, left());
  }

  /// Waits until the session has ended, and writes the gate's log messages to our stderr. Returns
  /// false if the gate has ended before the session.
  bool wait() {
    stderr_never_waits();
    end_session_at_signals(socket_.get());
    for (;;) {
      pollfd readable{.fd = socket_.get(), .events = POLLIN, .revents = 0};
      if (::poll(&readable, 1, -1) < 0) continue;  // interrupted by a signal
      Result<std::string> line = receive_line(socket_.get(), kLongestAnswer, kAttachLimit);
      if (!line || *line == kEnded) return line.ok();
      if (const auto logged = read_log(std::move(*line)))
        log::vwrite(logged->level, "{}", fmt::make_format_args(logged->text));
    }
  }

 private:
  Millis left() const {
    return std::max(Millis{0}, std::chrono::duration_cast<Millis>(until_ - Clock::now()));
  }

  const FrontOptions& options_;
  Clock::time_point until_;
  Descriptor socket_;
};

}  // namespace

Result<bool> serve_through_shared_gate(const FrontOptions& options) {
  Front front(options);
  if (Status connected = front.connect(); !connected) return connected.error();
  if (Status passed = front.pass_client(); !passed) return passed.error();
  return front.wait();
}

}  // namespace callgate
