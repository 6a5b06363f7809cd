#include "stdio_session.h"

#include <unistd.h>

#include <utility>

#include "app/reloader.h"
#include "callgate/base/log.h"
#include "callgate/protocol/text.h"
#include "callgate/wire/message.h"

namespace callgate {

namespace {

constexpr Millis kFarewell{500};       // how long the client may take to read the last output
constexpr uint64_t kMostGates = 3;     // a request with which more gates died is not repeated
constexpr Millis kDrainAnswers{5000};  // how long to wait for open answers after the input's end

}  // namespace

Status may_go_on(const SessionRemains& remains, const Config& config) {
  if (!remains.used || remains.starts == starts_digest(config)) return {};
  return Error{"attach.servers",
               "the configuration's servers have changed, and a person has not approved that they "
               "start in this session",
               "start the client again"};
}

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
          [this](std::string_view head) {
            if (journal_.journal) journal_.journal->line_refused();
            gate_.client_line_too_long(session_, head);
          }),
      drain_(loop) {}

void StdioSession::start(ClientFacts facts) {
  session_ = gate_.open_session(*this, std::move(facts));
  out_->on_write_error([this](const Error& error) { end("stdout: " + error.message); });
  out_->on_hangup([this] { end("the client closed its end of the gate's stdout"); });
  if (!journal_.journal) return start_input("");
  SessionJournal& journal = *journal_.journal;
  const SessionRemains remains = journal.remains();
  journal.begin(journal_.run, journal_.record_id);
  new_configuration();
  in_->read_into(journal);
  out_->watch_writing(journal);
  position_ = journal.handled();
  remains.lost.empty() ? go_on(remains) : end_soon(remains.lost);
}

void StdioSession::new_configuration() {
  if (!journal_.journal) return;
  const RecordConfig& record = gate_.config().record;
  const bool durable =
      record.durability == Durability::Before || record.durability == Durability::Fsync;
  journal_.journal->set_recorded_first(durable &&
                                       record.on_failure == RecordConfig::OnFailure::Refuse);
  journal_.journal->set_starts(starts_digest(gate_.config()));
}

void StdioSession::start_input(const std::string& earlier) {
  if (ending_) return;
  take_input(earlier);
  in_->read([this](std::string_view bytes) { read(bytes); },
            [this](const Status& status) { input_ended(status); });
}

void StdioSession::read(std::string_view bytes) {
  if (journal_.journal) journal_.journal->bytes_read(bytes);
  take_input(bytes);
}

void StdioSession::take_input(std::string_view bytes) {
  if (ending_) return;
  if (!journal_.journal) return framer_.push(bytes);
  while (!bytes.empty() && !ending_) {
    const size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end == std::string_view::npos ? end : end + 1);
    bytes.remove_prefix(part.size());
    position_ += part.size();
    if (end == std::string_view::npos) return framer_.push(part);
    journal_.journal->handling_line(position_);
    framer_.push(part);
    journal_.journal->line_handled();
  }
}

void StdioSession::request_opened(std::string_view id, CallNumber call) {
  if (journal_.journal) journal_.journal->request_opened(id, call);
}

void StdioSession::request_cancelled(std::string_view id) {
  already_answered_.erase(std::string(id));
  if (journal_.journal) journal_.journal->request_cancelled(id);
}

void StdioSession::message_lasts() {
  if (journal_.journal) journal_.journal->message_lasts();
}

void StdioSession::put_in_journal(const Outgoing& message) {
  const size_t size = message.bytes.size() + 1;
  if (message.kind == SendKind::Answer)
    return journal_.journal->answer_queued(message.request_id, size);
  journal_.journal->message_queued(size);
}

// Restores the state of the session with the messages that have a lasting effect. Then all requests
// without an answer are answered, or given to the gate again. Last come the bytes that no gate has
// handled.
void StdioSession::go_on(const SessionRemains& remains) {
  const std::set<Position> repeated = repeat_lasting(remains);
  if (remains.used) gate_.assume_listed(session_);
  std::vector<SessionRemains::Request> calls;
  for (const SessionRemains::Request& request : remains.requests) {
    if (repeated.contains(request.end)) continue;
    if (request.call != 0)
      calls.push_back(request);
    else
      repeat(request);
  }
  if (calls.empty()) return start_input(remains.input);
  const bool modern = remains.lasting.empty();  // the modern era has no initialize
  find_earlier_calls(
      loop_, journal_.record, calls, modern,
      lifetime_.guard([this, calls, input = remains.input](std::vector<EarlierCall> found) {
        for (size_t i = 0; i < calls.size() && !ending_; ++i)
          answer_earlier(calls[i], std::move(found[i]));
        start_input(input);
      }));
}

std::set<Position> StdioSession::repeat_lasting(const SessionRemains& remains) {
  std::set<Position> unanswered, repeated;
  for (const SessionRemains::Request& request : remains.requests) unanswered.insert(request.end);
  for (const SessionRemains::Lasting& lasting : remains.lasting) {
    if (unanswered.contains(lasting.end))
      repeated.insert(lasting.end);
    else if (const auto id = salvage_id(lasting.line))
      already_answered_.insert(*id);
    gate_.client_line(session_, lasting.line);
  }
  return repeated;
}

void StdioSession::repeat(const SessionRemains::Request& request) {
  // If several gates died with this request, it may be the cause.
  const bool again = request.deaths < kMostGates;
  if (again && !request.line.empty()) return gate_.client_line(session_, request.line);
  send({.kind = SendKind::Answer,
        .bytes = write_error(
            request.id, ErrorCode::Internal,
            std::string("callgate's gate process died before it could answer this request; nothing "
                        "was changed, ") +
                (again ? "so send the request again" : "but do not send the request again"),
            "gate.died"),
        .error = static_cast<int>(ErrorCode::Internal),
        .request_id = request.id});
}

// A call that only reads may be made twice. A call that is not in the record was never made if the
// gate records calls first. For all other calls, the client gets an answer with what is known.
void StdioSession::answer_earlier(const SessionRemains::Request& request, EarlierCall call) {
  const bool begun = call.state == EarlierCall::State::Begun;
  const bool same_record = request.record == journal_.record_id;
  if (same_record && (begun ? call.only_reads : request.recorded_first)) return repeat(request);
  if (!begun || !same_record) call = unknown_outcome(request);
  if (same_record) gate_.earlier_call_told(CallId{request.run} << 32 | request.call);
  send({.kind = SendKind::Answer,
        .bytes = std::move(call.answer),
        .error = call.error,
        .request_id = request.id});
}

void StdioSession::send(Outgoing message) {
  if (ending_) return;
  if (message.kind == SendKind::Answer && !already_answered_.empty()) {
    const auto muted = already_answered_.find(std::string(message.request_id));
    if (muted != already_answered_.end()) {
      already_answered_.erase(muted);
      return;
    }
  }
  if (out_->queued() + message.bytes.size() > gate_.config().limits.queue) return queue_full();
  if (journal_.journal) put_in_journal(message);
  message.bytes += '\n';
  out_->write(std::move(message.bytes));
  if (draining_ && message.kind == SendKind::Answer)
    loop_.post(lifetime_.guard([this] { check_drained(); }));
}

// The session ends. Otherwise calls and children would wait for this client.
void StdioSession::queue_full() {
  if (std::exchange(full_, true)) return;
  const std::string why = "the client does not read its messages (limits.queue)";
  log::warn("client '{}' is disconnected: {}", gate_.client_name(session_), why);
  end_soon(why);
}

void StdioSession::dismiss(const std::string& reason) { end_soon(reason); }

void StdioSession::end_soon(const std::string& reason) {
  loop_.post(lifetime_.guard([this, reason] { end(reason); }));
}

void StdioSession::end(const std::string& reason) {
  if (std::exchange(ending_, true)) return;
  framer_.stop();
  in_->pause_reading(true);
  if (journal_.journal) journal_.journal->end();
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
  if (journal_.journal) journal_.journal->handling_line(position_);
  if (!rest.empty()) gate_.client_line(session_, rest);
  if (journal_.journal) journal_.journal->line_handled();
  why_ = status.ok() ? "stdin ended" : "stdin: " + status.error().message;
  draining_ = true;
  drain_.start(kDrainAnswers, [this] { end(why_); });
  loop_.post(lifetime_.guard([this] { check_drained(); }));
}

void StdioSession::check_drained() {
  if (gate_.open_requests(session_) == 0) end(why_);
}

}  // namespace callgate
