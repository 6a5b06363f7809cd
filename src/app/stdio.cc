// The stdio endpoint: one client on stdin and stdout.
#include <unistd.h>

#include <csignal>
#include <cstdlib>

#include "app/process/observe.h"
#include "callgate/app/gate_process.h"
#include "callgate/base/log.h"
#include "callgate/base/stderr.h"
#include "callgate/io/paths.h"
#include "callgate/io/stream.h"
#include "callgate/wire/framer.h"

namespace callgate {

namespace {

constexpr Millis kFarewell{500};       // how long the client may take to read the last output
constexpr Millis kDrainAnswers{5000};  // how long to wait for open answers after stdin has ended

class StdioEndpoint final : public ClientLink {
 public:
  StdioEndpoint(Loop& loop, GateProcess& process, const Limits& limits, std::unique_ptr<Stream> in,
                std::unique_ptr<Stream> out, std::string profile)
      : loop_(loop),
        process_(process),
        gate_(process.entrance()),
        limits_(limits),
        in_(std::move(in)),
        out_(std::move(out)),
        profile_(std::move(profile)),
        framer_(
            limits.line,
            [this](std::string&& line) { gate_.client_line(session_, std::move(line)); },
            [this](std::string_view head) { gate_.client_line_too_long(session_, head); }),
        drain_(loop) {}

  void start() {
    session_ =
        gate_.open_session(*this, {.process = observe(getppid()), .peer = "", .profile = profile_});
    out_->on_write_error([this](Error error) { end("stdout: " + error.message); });
    out_->on_hangup([this] { end("the client closed its end of the gate's stdout"); });
    in_->read([this](std::string_view bytes) { framer_.push(bytes); },
              [this](Status status) { input_ended(status); });
  }

  void send(Outgoing message) override {
    if (ending_) return;
    if (out_->queued() + message.bytes.size() > limits_.queue) {
      // The client does not read its messages, so the session ends. Otherwise calls and children
      // would wait for this client.
      loop_.post([this] { end("the client does not read its messages (limits.queue)"); });
      return;
    }
    message.bytes += '\n';
    out_->write(std::move(message.bytes));
    if (draining_ && message.kind == SendKind::Answer) loop_.post([this] { check_drained(); });
  }

  void dismiss(const std::string& reason) override {
    loop_.post([this, reason] { end(reason); });
  }

  void end(const std::string& reason) {
    if (ending_) return;
    ending_ = true;
    framer_.stop();
    log::debug("the session ends: {}", reason);
    gate_.client_gone(session_, reason);
    process_.shut_down([this] {
      // If the client does not read the last output within kFarewell, the process drops that output
      // and ends. Otherwise the client could keep this process running.
      drain_.start(kFarewell, [this] { loop_.stop(); });
      out_->close_when_written([this] { loop_.stop(); });
    });
  }

 private:
  // Called at the end of stdin. The session goes on until all open requests are answered, because a
  // script may have piped its requests into stdin and still read the answers.
  void input_ended(const Status& status) {
    const std::string rest = framer_.rest();
    if (!rest.empty()) gate_.client_line(session_, rest);
    why_ = status.ok() ? "stdin ended" : "stdin: " + status.error().message;
    draining_ = true;
    drain_.start(kDrainAnswers, [this] { end(why_); });
    loop_.post([this] { check_drained(); });
  }

  void check_drained() {
    if (gate_.open_requests(session_) == 0) end(why_);
  }

  Loop& loop_;
  GateProcess& process_;
  ClientEntrance& gate_;
  const Limits limits_;
  std::unique_ptr<Stream> in_, out_;
  const std::string profile_;
  Framer framer_;
  Timer drain_;
  SessionNumber session_ = 0;
  std::string why_;
  bool draining_ = false, ending_ = false;
};

// True if this gate was started by a gate with the same configuration, directly or through others.
// Such a gate would start itself without end. Each gate passes its own configuration, and those of
// the gates above it, to its children in CALLGATE_WITHIN, so that a longer circle is found, too.
bool within_itself(const std::string& config) {
  const char* within = std::getenv("CALLGATE_WITHIN");
  if (!within || config.empty()) return false;
  const std::string wanted = ":" + resolve_path(config, "").value_or(config) + ":";
  return (":" + std::string(within) + ":").find(wanted) != std::string::npos;
}

}  // namespace

Status run_stdio(GateProcessOptions options, const std::string& profile) {
  stderr_never_waits();
  if (within_itself(options.config.path))
    return Error{"gate.recursion",
                 "callgate is configured as a server inside itself (" + options.config.path + ")",
                 "remove the entry of this server from mcpServers"};
  Loop loop;
  const Limits limits = options.config.limits;
  Result<std::unique_ptr<GateProcess>> process = GateProcess::open(loop, std::move(options));
  if (!process) return process.error();
  Result<std::unique_ptr<Stream>> in = Stream::open(loop, STDIN_FILENO);
  Result<std::unique_ptr<Stream>> out = Stream::open(loop, STDOUT_FILENO);
  if (!in) return in.error();
  if (!out) return out.error();
  StdioEndpoint endpoint(loop, **process, limits, std::move(*in), std::move(*out), profile);
  const SignalWatch term(loop, SIGTERM, [&endpoint] { endpoint.end("SIGTERM"); });
  const SignalWatch interrupt(loop, SIGINT, [&endpoint] { endpoint.end("SIGINT"); });
  const SignalWatch hangup(loop, SIGHUP, [&endpoint] { endpoint.end("SIGHUP"); });
  endpoint.start();
  loop.run();
  return {};
}

}  // namespace callgate
