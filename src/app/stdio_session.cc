#include "stdio_session.h"

#include <unistd.h>

#include <utility>

#include "callgate/base/log.h"

namespace callgate {

namespace {

constexpr Millis kFarewell{500};       // how long the client may take to read the last output
constexpr Millis kDrainAnswers{5000};  // how long to wait for open answers after the input's end

}  // namespace

Result<std::unique_ptr<StdioSession>> StdioSession::open(
    Loop& loop, ClientEntrance& gate, int in, int out, ClientFacts facts,
    std::function<void(const std::string& reason)> on_end) {
  Result<std::unique_ptr<Stream>> input = Stream::open(loop, in);
  Result<std::unique_ptr<Stream>> output = Stream::open(loop, out);
  if (!input) return input.error();
  if (!output) return output.error();
  std::unique_ptr<StdioSession> session(
      new StdioSession(loop, gate, std::move(*input), std::move(*output), std::move(on_end)));
  session->start(std::move(facts));
  return session;
}

StdioSession::StdioSession(Loop& loop, ClientEntrance& gate, std::unique_ptr<Stream> in,
                           std::unique_ptr<Stream> out,
                           std::function<void(const std::string& reason)> on_end)
    : loop_(loop),
      gate_(gate),
      in_(std::move(in)),
      out_(std::move(out)),
      on_end_(std::move(on_end)),
      framer_(
          gate.config().limits.line,
          [this](std::string&& line) { gate_.client_line(session_, std::move(line)); },
          [this](std::string_view head) { gate_.client_line_too_long(session_, head); }),
      drain_(loop) {}

void StdioSession::start(ClientFacts facts) {
  session_ = gate_.open_session(*this, std::move(facts));
  out_->on_write_error([this](const Error& error) { end("stdout: " + error.message); });
  out_->on_hangup([this] { end("the client closed its end of the gate's stdout"); });
  in_->read([this](std::string_view bytes) { framer_.push(bytes); },
            [this](const Status& status) { input_ended(status); });
}

void StdioSession::send(Outgoing message) {
  if (ending_) return;
  // If the client does not read its messages, the session ends. Otherwise calls and children would
  // wait for this client.
  if (out_->queued() + message.bytes.size() > gate_.config().limits.queue)
    return end_soon("the client does not read its messages (limits.queue)");
  message.bytes += '\n';
  out_->write(std::move(message.bytes));
  if (draining_ && message.kind == SendKind::Answer)
    loop_.post(lifetime_.guard([this] { check_drained(); }));
}

void StdioSession::dismiss(const std::string& reason) { end_soon(reason); }

void StdioSession::end_soon(const std::string& reason) {
  loop_.post(lifetime_.guard([this, reason] { end(reason); }));
}

void StdioSession::end(const std::string& reason) {
  if (std::exchange(ending_, true)) return;
  framer_.stop();
  log::debug("the session ends: {}", reason);
  gate_.client_gone(session_, reason);
  loop_.post(lifetime_.guard([this, reason] { on_end_(reason); }));
}

void StdioSession::close(std::function<void()> done) {
  const auto once = std::make_shared<std::function<void()>>(std::move(done));
  const auto finish = [once] {
    if (*once) std::exchange(*once, nullptr)();
  };
  // If the client does not read the last output within kFarewell, that output is dropped. Otherwise
  // the client could keep the gate waiting.
  drain_.start(kFarewell, finish);
  out_->close_when_written(finish);
}

void StdioSession::input_ended(const Status& status) {
  if (ending_) return;
  const std::string rest = framer_.rest();
  if (!rest.empty()) gate_.client_line(session_, rest);
  why_ = status.ok() ? "stdin ended" : "stdin: " + status.error().message;
  draining_ = true;
  drain_.start(kDrainAnswers, [this] { end(why_); });
  loop_.post(lifetime_.guard([this] { check_drained(); }));
}

void StdioSession::check_drained() {
  if (gate_.open_requests(session_) == 0) end(why_);
}

}  // namespace callgate
