#include "http_connection.h"

#include <utility>

#include "callgate/base/check.h"
#include "callgate/base/log.h"
#include "callgate/wire/sse.h"

namespace callgate {

namespace {

using namespace std::chrono_literals;

constexpr Nanos kHeadLimit = 10s;   // for the head of a request, from its first byte to its last
constexpr Nanos kBodyLimit = 30s;   // for the next byte of a body
constexpr Nanos kIdleLimit = 75s;   // for the next request
constexpr Nanos kSilence = 15s;     // a stream without output for this long gets a comment
constexpr Nanos kStuckLimit = 60s;  // for a client that reads none of the waiting output
constexpr Nanos kLinger = 2s;       // for a client to read a refusal
constexpr size_t kMostDrained = 4 << 20;
// While a request is being answered, the connection stores the bytes of the requests that follow.
// When it has stored more than this many bytes, it stops reading until the answer has ended.
constexpr size_t kMostHeld = 64 * 1024;
// The host is notified each time another kMuch bytes have collected: either of output that the
// client has not read, or of the body of an incomplete request.
constexpr size_t kMuch = 256 * 1024;

constexpr std::string_view kEventFields =
    "Content-Type: text/event-stream\r\nCache-Control: no-cache, no-transform\r\n"
    "X-Accel-Buffering: no\r\n";

}  // namespace

HttpConnection::HttpConnection(Loop& loop, ConnectionHost& host, std::unique_ptr<Stream> stream,
                               HttpLimits limits, size_t queue_limit)
    : loop_(loop),
      host_(host),
      stream_(std::move(stream)),
      reader_(limits),
      queue_limit_(queue_limit) {}

void HttpConnection::start() {
  enter(State::Idle);
  due_ = since_ + kHeadLimit;
  stream_->on_write_error([this](const Error&) { close(); });
  stream_->read([this](std::string_view bytes) { on_bytes(bytes); },
                [this](const Status&) { ended(); });
}

void HttpConnection::enter(State state) {
  state_ = state;
  since_ = loop_.now().monotonic;
  switch (state) {
    case State::Idle:
      due_ = since_ + kIdleLimit;
      break;
    case State::Head:
      due_ = since_ + kHeadLimit;
      break;
    case State::Body:
      due_ = since_ + kBodyLimit;
      break;
    case State::Streaming:
      due_ = since_ + kSilence;
      break;
    case State::Lingering:
      due_ = since_ + kLinger;
      break;
    case State::Answering:
    case State::Closed:
      due_ = Nanos::max();
      break;
  }
}

bool HttpConnection::reading() const {
  return state_ == State::Idle || state_ == State::Head || state_ == State::Body;
}

void HttpConnection::on_bytes(std::string_view bytes) {
  if (state_ == State::Lingering) {
    drained_ += bytes.size();
    if (drained_ > kMostDrained) close();
  } else if (reading()) {
    const size_t before = unfinished();
    feed(bytes);
    if (unfinished() / kMuch > before / kMuch) host_.flooded();
  } else {
    hold(bytes);
  }
}

void HttpConnection::feed(std::string_view bytes) {
  feeding_ = true;
  while (reading() && !bytes.empty()) {
    const HttpReader::State before = reader_.state();
    bytes.remove_prefix(reader_.push(bytes));
    progressed(before);
  }
  feeding_ = false;
  if (!bytes.empty() && state_ != State::Closed && state_ != State::Lingering) hold(bytes);
}

void HttpConnection::progressed(HttpReader::State before) {
  const HttpReader::State now = reader_.state();
  if (now == HttpReader::State::Refused) {
    closes_ = true;
    enter(State::Answering);
    host_.malformed(reader_.refusal().why);
    return refuse({.status = reader_.refusal().status,
                   .code = ErrorCode::InvalidRequest,
                   .message = reader_.refusal().why,
                   .word = "http.malformed"});
  }
  if (now == HttpReader::State::Head) {
    if (state_ == State::Idle && reader_.begun()) enter(State::Head);
    return;
  }
  if (before == HttpReader::State::Head) {
    const bool more = now == HttpReader::State::Body;
    closes_ = !head().keep_alive();
    if (const auto fault = host_.admit(*this)) {
      closes_ |= more;
      enter(State::Answering);
      return refuse(*fault);
    }
    if (more && head().expects_continue()) stream_->write("HTTP/1.1 100 Continue\r\n\r\n");
  }
  if (now == HttpReader::State::Body) return enter(State::Body);
  enter(State::Answering);
  host_.request(*this, reader_.take_body());
  if (state_ == State::Answering) host_.waits();
}

void HttpConnection::hold(std::string_view bytes) {
  held_ += bytes;
  if (held_.size() > kMostHeld) stream_->pause_reading(true);
}

void HttpConnection::go_on() {
  if (!reading() || held_.empty()) return;
  const std::string held = std::exchange(held_, {});
  stream_->pause_reading(false);
  feed(held);
}

// Called when the client has closed its sending side. The client may be gone, or may still read the
// answer; we cannot know which. If a request is being answered, this closes the connection at once,
// otherwise once all output is written.
void HttpConnection::ended() {
  if (reading() && stream_->queued() > 0) return close_politely();
  close();
}

void HttpConnection::send_head(int status, std::string fields) {
  fields += origin_fields(target);
  if (closes_) fields += "Connection: close\r\n";
  stream_->write(http_response_head(status, fields));
}

void HttpConnection::answer(int status, std::string_view type, std::string body,
                            std::string_view fields) {
  if (state_ != State::Answering || cut_) return;
  const size_t before = stream_->queued();
  std::string all(fields);
  if (!type.empty()) ((all += "Content-Type: ") += type) += "\r\n";
  if (status != 204) ((all += "Content-Length: ") += std::to_string(body.size())) += "\r\n";
  send_head(status, std::move(all));
  if (!body.empty() && head().method() != "HEAD") stream_->write(std::move(body));
  wrote(before);
  finish();
}

void HttpConnection::refuse(const HttpFault& fault, std::string_view id) {
  answer(fault.status, "application/json", fault_body(fault, id), fault.fields);
}

void HttpConnection::begin_events(std::string_view fields) {
  if (state_ != State::Answering) return;
  std::string all(kEventFields);
  all += fields;
  if (!head().http_1_0()) all += "Transfer-Encoding: chunked\r\n";
  send_head(200, std::move(all));
  enter(State::Streaming);
}

void HttpConnection::event(std::string bytes) {
  if (state_ != State::Streaming || cut_) return;
  const size_t before = stream_->queued();
  if (before + bytes.size() > queue_limit_) return cut_off();
  due_ = loop_.now().monotonic + kSilence;
  if (head().http_1_0()) {
    stream_->write(std::move(bytes));
  } else {
    stream_->write(http_chunk_begin(bytes.size()));
    stream_->write(std::move(bytes));
    stream_->write("\r\n");
  }
  wrote(before);
}

void HttpConnection::wrote(size_t waited_before) {
  if (stream_->queued() / kMuch > waited_before / kMuch) host_.crowded();
}

void HttpConnection::give_up_request(const HttpFault& fault) {
  if (state_ != State::Body) return;
  reader_.take_body();  // frees its memory for other requests
  closes_ = true;
  enter(State::Answering);
  refuse(fault);
}

void HttpConnection::cut_off() {
  cut_ = true;
  log::warn("{} is disconnected: the client does not read its messages (limits.queue)", peer);
  later(&HttpConnection::close);
}

void HttpConnection::end_events() {
  if (state_ != State::Streaming) return;
  if (!head().http_1_0()) stream_->write(std::string(kLastHttpChunk));
  finish();
}

void HttpConnection::finish() {
  owner_ = nullptr;
  target = {};  // a refusal of the next request must not use this request's target
  if (closes_) {
    held_ = {};
    stream_->pause_reading(false);
    stream_->end_output();
    return enter(State::Lingering);
  }
  reader_.next();
  enter(State::Idle);
  if (!held_.empty() && !feeding_) later(&HttpConnection::go_on);
}

void HttpConnection::belongs_to(ExchangeOwner& owner, Exchange exchange) {
  owner_ = &owner;
  exchange_ = exchange;
}

std::optional<Nanos> HttpConnection::idle_since() const {
  const bool idle = state_ == State::Idle || state_ == State::Head;
  return idle ? std::optional(since_) : std::nullopt;
}

void HttpConnection::check_deadlines(Nanos now) {
  if (state_ == State::Closed) return;
  if (state_ == State::Answering || state_ == State::Streaming) check_stream(now);
  if (owner_) owner_->still_waiting(*this, exchange_, now - since_);
  if (now < due_) return;
  switch (state_) {
    case State::Idle:
    case State::Lingering:
      return close();
    case State::Head:
    case State::Body: {
      closes_ = true;
      const bool head_missing = state_ == State::Head;
      enter(State::Answering);
      return refuse({.status = 408,
                     .code = kHttpGeneric,
                     .message = head_missing ? "the head did not arrive within 10 seconds"
                                             : "no part of the body arrived for 30 seconds",
                     .word = "http.timeout"});
    }
    case State::Streaming:
      return event(std::string(kSseComment));
    case State::Answering:
    case State::Closed:
      return;
  }
}

// Closes the connection if the client has read nothing for kStuckLimit. Such a client is treated as
// gone, even if its system keeps the connection open.
void HttpConnection::check_stream(Nanos now) {
  const size_t waiting = stream_->queued();
  if (waiting == 0 || waiting != stuck_) {
    stuck_ = waiting;
    stuck_since_ = now;
  } else if (now - stuck_since_ > kStuckLimit) {
    close();
  }
}

void HttpConnection::close() {
  if (state_ == State::Closed) return;
  state_ = State::Closed;
  stream_.reset();
  held_ = {};
  if (ExchangeOwner* owner = std::exchange(owner_, nullptr))
    owner->connection_gone(*this, exchange_);
  host_.closed(*this);
}

void HttpConnection::close_politely() {
  if (state_ == State::Closed || state_ == State::Lingering) return;
  if (stream_->queued() == 0 && reading()) return close();
  closes_ = true;
  finish();
}

void HttpConnection::later(void (HttpConnection::*what)()) {
  loop_.post(lifetime_.guard([this, what] { (this->*what)(); }));
}

}  // namespace callgate
