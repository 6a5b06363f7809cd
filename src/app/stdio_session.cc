#include "stdio_session.h"

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "callgate/base/log.h"
#include "callgate/protocol/text.h"
#include "callgate/wire/message.h"

namespace callgate {

namespace {

constexpr Millis kFarewell{500};       // how long the client may take to read the last output
constexpr Millis kDrainAnswers{5000};  // how long to wait for open answers after the input's end

}  // namespace

Result<std::unique_ptr<StdioSession>> StdioSession::open(
    Loop& loop, ClientEntrance& gate, int in, int out, ClientFacts facts, JournalUse journal,
    std::function<void(const std::string& reason)> on_end) {
  Result<std::unique_ptr<Stream>> input = Stream::open(loop, in);
  Result<std::unique_ptr<Stream>> output = Stream::open(loop, out);
  if (!input) return input.error();
  if (!output) return output.error();
  std::unique_ptr<StdioSession> session(new StdioSession(
      loop, gate, std::move(*input), std::move(*output), std::move(journal), std::move(on_end)));
  session->start(std::move(facts));
  return session;
}

StdioSession::StdioSession(Loop& loop, ClientEntrance& gate, std::unique_ptr<Stream> in,
                           std::unique_ptr<Stream> out, JournalUse journal,
                           std::function<void(const std::string& reason)> on_end)
    : loop_(loop),
      gate_(gate),
      journal_(std::move(journal)),
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
  if (SessionJournal* journal = journal_.journal.get()) {
    const SessionRemains remains = journal->remains();
    const RecordConfig& record = gate_.config().record;
    const bool durable =
        record.durability == Durability::Before || record.durability == Durability::Fsync;
    journal->begin(journal_.run, durable && record.on_failure == RecordConfig::OnFailure::Refuse);
    in_->read_into(*journal);
    out_->watch_writing(*journal);
    position_ = journal->handled();
    go_on(remains);
  }
  out_->on_write_error([this](const Error& error) { end("stdout: " + error.message); });
  out_->on_hangup([this] { end("the client closed its end of the gate's stdout"); });
  in_->read([this](std::string_view bytes) { read(bytes); },
            [this](const Status& status) { input_ended(status); });
}

void StdioSession::read(std::string_view bytes) {
  if (journal_.journal) journal_.journal->read(bytes);
  take_input(bytes);
}

void StdioSession::take_input(std::string_view bytes) {
  if (!journal_.journal) return framer_.push(bytes);
  while (!bytes.empty()) {
    const size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end == std::string_view::npos ? end : end + 1);
    bytes.remove_prefix(part.size());
    position_ += part.size();
    if (end == std::string_view::npos) return framer_.push(part);
    journal_.journal->line_begins(position_);
    framer_.push(part);
    journal_.journal->line_handled();
  }
}

void StdioSession::opened(std::string_view id, CallNumber call) {
  if (journal_.journal) journal_.journal->opened(id, call);
}

void StdioSession::dropped(std::string_view id) {
  if (journal_.journal) journal_.journal->dropped(id);
}

void StdioSession::lasting() {
  if (journal_.journal) journal_.journal->lasting();
}

void StdioSession::put_in_journal(const Outgoing& message) {
  const size_t size = message.bytes.size() + 1;
  if (message.kind == SendKind::Answer) return journal_.journal->answer_queued(message.to, size);
  journal_.journal->message_queued(size);
  if (message.kind != SendKind::Question) return;
  const std::string id = salvage_id(message.bytes).value_or("");
  journal_.journal->question_queued(std::strtoll(id.c_str(), nullptr, 10));
}

void StdioSession::go_on(const SessionRemains& remains) {
  gate_.skip_questions(remains.last_question);
  const std::set<Position> repeated = repeat_lasting(remains);
  std::vector<SessionRemains::Request> calls;
  for (const SessionRemains::Request& request : remains.requests) {
    if (repeated.contains(request.end)) continue;
    if (request.call != 0)
      calls.push_back(request);
    else
      repeat(request);
  }
  if (!calls.empty()) {
    looked_up_ = calls.size();
    const bool modern = remains.lasting.empty();  // the modern era has no initialize
    find_earlier_calls(loop_, journal_.record, calls, modern,
                       lifetime_.guard([this, calls, first = remains.recorded_first](
                                           std::vector<EarlierCall> found) {
                         looked_up_ = 0;
                         for (size_t i = 0; i < calls.size() && !ending_; ++i)
                           answer_earlier(calls[i], std::move(found[i]), first);
                         if (draining_) check_drained();
                       }));
  }
  take_input(remains.input);
}

std::set<Position> StdioSession::repeat_lasting(const SessionRemains& remains) {
  std::set<Position> unanswered, repeated;
  for (const SessionRemains::Request& request : remains.requests) unanswered.insert(request.end);
  for (const SessionRemains::Lasting& lasting : remains.lasting) {
    if (unanswered.contains(lasting.end))
      repeated.insert(lasting.end);
    else if (const auto id = salvage_id(lasting.line))
      muted_.insert(*id);
    gate_.client_line(session_, lasting.line);
  }
  return repeated;
}

void StdioSession::repeat(const SessionRemains::Request& request) {
  if (!request.line.empty()) return gate_.client_line(session_, request.line);
  send({.kind = SendKind::Answer,
        .bytes =
            write_error(request.id, ErrorCode::Internal,
                        "callgate's gate process died before it could answer this request; nothing "
                        "was changed, so send the request again",
                        "gate.died"),
        .error = static_cast<int>(ErrorCode::Internal),
        .to = request.id});
}

void StdioSession::answer_earlier(const SessionRemains::Request& request, EarlierCall call,
                                  bool recorded_first) {
  const bool begun = call.state == EarlierCall::State::Begun;
  // A request that only reads may be carried out twice. A call without a row was never carried out
  // if the gate records calls before it makes them.
  if ((begun && call.only_reads) || (!begun && recorded_first)) return repeat(request);
  if (!begun) call = unknown_call(request);
  send({.kind = SendKind::Answer,
        .bytes = std::move(call.answer),
        .error = call.error,
        .to = request.id});
}

void StdioSession::send(Outgoing message) {
  if (ending_) return;
  if (message.kind == SendKind::Answer && !muted_.empty()) {
    const auto muted = muted_.find(std::string(message.to));
    if (muted != muted_.end()) {
      muted_.erase(muted);
      return;
    }
  }
  // If the client does not read its messages, the session ends. Otherwise calls and children would
  // wait for this client.
  if (out_->queued() + message.bytes.size() > gate_.config().limits.queue)
    return end_soon("the client does not read its messages (limits.queue)");
  if (journal_.journal) put_in_journal(message);
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
  if (gate_.open_requests(session_) == 0 && looked_up_ == 0) end(why_);
}

}  // namespace callgate
