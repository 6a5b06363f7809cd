// The front: what a client's callgate does if the shared gate serves the client.
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "app/environment/variables.h"
#include "app/process/gate_privacy.h"
#include "app/session_journal.h"
#include "attach_messages.h"
#include "callgate/app/shared_gate.h"
#include "callgate/base/log.h"
#include "callgate/base/stderr.h"
#include "callgate/io/descriptor_passing.h"
#include "callgate/io/paths.h"
#include "callgate/io/unix_socket.h"
#include "gate_start.h"

namespace callgate {

namespace {

using Clock = std::chrono::steady_clock;

// A gate that fails at its start fails again.
constexpr int kMostStarts = 2;
// If this number of gates die before they have answered this client, the client's messages may be
// the cause. Then the client gets a gate process of its own.
constexpr int kMostDeaths = 3;
constexpr const char* kNoAnswer = "attach.no_answer";
// After so many looks at which no gate ran and none was starting, the front starts no other and
// gives up. Other fronts may start one meanwhile.
constexpr int kMostAbsent = 5;
constexpr Millis kFirstPause{2}, kLongestPause{50};
constexpr size_t kLongestAnswer = 64 * 1024;
// For a line whose first byte has arrived. A stopped gate may go on later, so only the end of the
// socket means that the gate is dead.
constexpr Millis kRestOfLine = std::chrono::hours(24);
// How long another gate may take for the client of one that died.
constexpr Millis kAfterDeath{10'000};

Result<Workspace> own_workspace() {
  const std::optional<std::string> folder = resolve_path(".", "");
  if (!folder)
    return Error{"attach.folder", "the working folder of this client does not exist any more", ""};
  return Workspace{.folder = *folder, .variables = own_variables()};
}

std::atomic<int> g_socket{-1};
std::atomic<bool> g_signalled{false};
bool g_hidden = false;

/// SIGTERM, SIGINT and SIGHUP close our sending side of the socket. The gate reads its end, ends
/// the session and sends `ended`, and then this process ends. If the gate does not do that, a
/// second signal ends this process.
void end_session_at_signals(int socket) {
  g_socket = socket;
  if (g_signalled) ::shutdown(socket, SHUT_WR);
  struct sigaction action {};
  action.sa_flags = SA_RESETHAND;
  action.sa_handler = [](int) {
    g_signalled = true;
    ::shutdown(g_socket, SHUT_WR);
  };
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaction(signal, &action, nullptr);
}

/// Serves the client through one shared gate.
class GateConnection {
 public:
  /// `journal` is the memory of the session's journal, or no descriptor if there is none.
  GateConnection(const FrontOptions& options, const Descriptor& journal, Millis limit)
      : options_(options), journal_(journal), until_(Clock::now() + limit) {}

  /// Connects to the shared gate, and starts it if it does not run.
  Status connect() {
    Millis pause = kFirstPause;
    while (!g_signalled) {
      Result<int> connected = connect_unix(shared_socket(options_.places.state_dir));
      if (connected) {
        socket_ = Descriptor(*connected);
        return {};
      }
      const bool refused = connected.error().code == "io.refused";
      if (refused && starts_ < kMostStarts) {
        const Result<bool> started = start_shared_gate(options_.places);
        if (!started) return started.error();
        if (*started) ++starts_;
      } else if (refused && !shared_gate_starts(options_.places.state_dir) &&
                 ++absent_ > kMostAbsent) {
        return not_reached("the shared gate ends at its start");
      }
      if (left() <= pause) return not_reached("the shared gate could not be reached in time");
      std::this_thread::sleep_for(pause);
      pause = std::min(2 * pause, kLongestPause);
    }
    return Error{"attach.signal", "a signal has ended this session", ""};
  }

  /// Passes the client's descriptors. After success, only the gate reads the client's messages.
  Status pass_client() {
    Result<Workspace> workspace = own_workspace();
    if (!workspace) return workspace.error();
    const Hello hello{
        .config = options_.config, .profile = options_.profile, .workspace = std::move(*workspace)};
    show_this_process();  // the gate looks at our namespaces
    std::vector<int> passed = {STDIN_FILENO, STDOUT_FILENO};
    if (journal_.get() >= 0) passed.push_back(journal_.get());
    const Status sent = send_line_with(socket_.get(), write_hello(hello), passed, left());
    if (!sent) return no_answer(sent.error());
    Result<std::string> answer = receive_line(socket_.get(), kLongestAnswer, left());
    if (!answer) return no_answer(answer.error());
    if (*answer != kHave) return read_refusal(std::move(*answer));
    hide();
    const Status begun = send_line_with(socket_.get(), kBegin, {}, left());
    return begun ? begun : no_answer(begun.error());
  }

  /// True if the error may be that of a gate that was just ending, and there is time for another.
  bool may_try_again(const Error& error) const {
    return error.code == kNoAnswer && left() > Millis::zero();
  }

  /// Waits until the session has ended, and writes the gate's log messages to our stderr. Returns
  /// false if the gate has closed the socket before that, because it has died.
  bool wait() {
    std::signal(SIGPIPE, SIG_IGN);  // the client may stop reading our stderr
    end_session_at_signals(socket_.get());
    for (;;) {
      pollfd readable{.fd = socket_.get(), .events = POLLIN, .revents = 0};
      if (::poll(&readable, 1, -1) < 0) continue;  // interrupted by a signal
      Result<std::string> line = receive_line(socket_.get(), kLongestAnswer, kRestOfLine);
      if (!line || *line == kEnded) return line.ok();
      if (const auto logged = read_log(std::move(*line)))
        log::vwrite(logged->level, "{}", fmt::make_format_args(logged->text));
    }
  }

 private:
  /// Servers must not reach the client's messages through this process; see GateProcess::open().
  void hide() const {
    stderr_never_waits();  // starts the thread whose name publish_gate() needs
    if (!publish_gate(options_.places.config_file, options_.places.state_dir)) return;
    hide_this_process();
    g_hidden = true;
  }
  Error not_reached(const std::string& why) const {
    return {"attach.slow", why, "see " + shared_log(options_.places.state_dir)};
  }
  Error no_answer(const Error& error) const {
    return {kNoAnswer, "the shared gate does not answer: " + error.message,
            "see " + shared_log(options_.places.state_dir)};
  }
  Millis left() const {
    return std::max(Millis{0}, std::chrono::duration_cast<Millis>(until_ - Clock::now()));
  }

  const FrontOptions& options_;
  const Descriptor& journal_;
  Clock::time_point until_;
  Descriptor socket_;
  int starts_ = 0;
  int absent_ = 0;  // how often no gate ran and none was starting, after the last start
};

/// Passes the client to a shared gate, with more than one attempt if needed.
Status attach(GateConnection& front) {
  for (;;) {
    if (Status connected = front.connect(); !connected) return connected;
    Status passed = front.pass_client();
    if (passed || !front.may_try_again(passed.error())) return passed;
    std::this_thread::sleep_for(kLongestPause);
  }
}

SessionRemains remains_in(const Descriptor& journal) {
  if (journal.get() < 0) return {.lost = "this system has no memory for its journal"};
  const auto opened = SessionJournal::open(journal);
  return opened ? (*opened)->remains() : SessionRemains{.lost = opened.error().message};
}

/// Restores what a front changes, at the end of the front's work: signal handlers, and the flags of
/// the client's descriptors, which a gate that died has left as it used them.
struct Restore {
  int in = ::fcntl(STDIN_FILENO, F_GETFL), out = ::fcntl(STDOUT_FILENO, F_GETFL);
  Restore() = default;
  Restore(const Restore&) = delete;
  Restore& operator=(const Restore&) = delete;
  ~Restore() {
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) std::signal(signal, SIG_DFL);
    ::fcntl(STDIN_FILENO, F_SETFL, in);
    ::fcntl(STDOUT_FILENO, F_SETFL, out);
    if (g_hidden) hide_this_process();
  }
};

Result<std::string> serve(const FrontOptions& options, Descriptor& journal) {
  const Restore restore;
  if (auto created = SessionJournal::create()) journal = std::move(*created);
  uint64_t answers = 0;
  Millis limit = options.limit;
  for (int deaths = 0; deaths < kMostDeaths;) {
    GateConnection front(options, journal, std::exchange(limit, kAfterDeath));
    if (Status attached = attach(front); !attached) {
      if (!remains_in(journal).used) journal.close();
      return attached.error();
    }
    if (front.wait()) return std::string();
    const SessionRemains remains = remains_in(journal);
    if (!remains.lost.empty()) return remains.lost;
    log::warn("the shared gate has died; callgate looks for another one for this session");
    const bool idle = remains.requests.empty() && remains.input.empty();
    deaths = idle || remains.answers > answers ? 0 : deaths + 1;
    answers = remains.answers;
  }
  return Error{"attach.dies", "the shared gate died several times while it served this client",
               "see " + shared_log(options.places.state_dir)};
}

}  // namespace

Result<std::string> serve_through_shared_gate(const FrontOptions& options, Descriptor& journal) {
  Result<std::string> served = serve(options, journal);
  return g_signalled ? std::string() : served;
}

}  // namespace callgate
