#include "exchange.h"

#include <algorithm>
#include <utility>

#include "callgate/base/text.h"

namespace callgate {

namespace {

constexpr int kMostFruitless = 5;
constexpr Millis kLongestRetry{3'600'000}, kShortestRetry{100};
constexpr Millis kNotificationLimit{60'000};
constexpr size_t kShownOfWrongType = 200;

}  // namespace

Exchange::Exchange(ExchangeHost& host, uint64_t number, GateMessage message, bool own)
    : host_(host),
      number_(number),
      message_(std::move(message)),
      own_(own),
      retry_(host.access().times.reconnect),
      timer_(host.access().loop()) {}

void Exchange::post() {
  auto fields = host_.fields_of(message_);
  session_key_ = host_.session_key();
  state_ = State::Sent;
  if (!fields)
    return timer_.start(Millis{0}, [this, error = fields.error()] {
      fail({.error = error, .code = RemoteErrorCode::Refused});
    });
  answer_ = {};
  reader_.reset();
  call_ = std::make_unique<WebCall>(
      host_.access(), *this,
      WebOrder{.url = host_.post_url(),
               .fields = std::move(*fields),
               .body = message_.body(),
               .repeatable = message_.repeatable(),
               .begins = message_.begins(),
               .limit = message_.is_request() ? Millis{0} : kNotificationLimit});
}

void Exchange::wait_to_send_again() {
  call_.reset();
  sent_again_ = true;
  state_ = State::Waiting;
}

void Exchange::on_head(const TransferHead& head) {
  if (!message_.is_request()) {
    answered();
    return host_.accepted(*this);
  }
  if (host_.answers_on_stream()) {
    state_ = State::OnStream;
    return;
  }
  state_ = State::Answering;
  new_session_ = session_id_of(head.fields).value_or("");
  answer_.status = head.status;
  answer_.fields = head.fields;
  is_json_ = has_media_type(head.fields, "application/json");
  if (has_media_type(head.fields, "text/event-stream")) reader_.emplace(host_.line_limit());
}

void Exchange::on_bytes(std::string_view bytes) {
  if (state_ != State::Answering) return;
  if (!reader_) return take_body(bytes);
  for (SseEvent& event : reader_->read(bytes)) {
    if (state_ != State::Answering) return;
    take(std::move(event));
  }
}

void Exchange::take(SseEvent&& event) {
  if (event.type != "message") return;
  if (event.too_long) return host_.came_too_long(*this, event.data);
  host_.came(*this, std::move(event.data));
}

void Exchange::take_body(std::string_view bytes) {
  const size_t most = is_json_ ? host_.line_limit() : kShownOfWrongType;
  answer_.body += bytes.substr(0, most + 1 - answer_.body.size());
  if (answer_.body.size() <= most) return;
  if (!is_json_) return wrong_type();
  RequestFailure failure = outcome_unknown("");
  failure.error = {"remote.too_long",
                   "the server's answer is longer than " + std::to_string(most) + " bytes",
                   "ask the server for less at once"};
  fail(failure);
}

void Exchange::on_end() {
  if (state_ == State::Lingering) return end();
  if (state_ == State::OnStream) return call_.reset();
  call_.reset();
  if (reader_) return stream_broke("the server ended its stream without an answer");
  body_complete();
}

void Exchange::body_complete() {
  if (!is_json_ || trimmed(answer_.body).empty()) return wrong_type();
  host_.came(*this, std::move(answer_.body));
  if (state_ == State::Lingering) return end();
  if (open()) fail(outcome_unknown("the server's answer is not an answer to the request"));
}

void Exchange::wrong_type() {
  const std::string type(answer_.field("Content-Type").value_or(""));
  const std::string text = text_of_body(answer_);
  fail(outcome_unknown("the server answered with status " + std::to_string(answer_.status) +
                       (type.empty() || is_json_
                            ? " and without an answer"
                            : " and content of the type '" + type.substr(0, 100) + "'") +
                       (text.empty() ? "" : ": " + text)));
}

void Exchange::on_refused(const WebAnswer& answer, const std::string& moved_to) {
  // The answer and the target belong to the call.
  const auto kept = std::make_pair(answer, moved_to);
  call_.reset();
  host_.refused(*this, kept.first, kept.second);
}

void Exchange::on_failed(RequestFailure failure) {
  if (state_ == State::Lingering) return end();
  call_.reset();
  if (state_ == State::OnStream) return;
  if (state_ == State::Answering && reader_) return stream_broke(failure.error.message);
  fail(failure);
}

void Exchange::stream_broke(const std::string& what) {
  note_position(reader_->last_id(), reader_->retry());
  if (message_.modern || last_id_.empty()) return fail(outcome_unknown(what));
  poll(true);
}

void Exchange::note_position(const std::string& last_id, std::optional<int64_t> retry) {
  if (!last_id.empty()) last_id_ = last_id;
  if (retry)
    retry_ =
        std::clamp(Millis(std::min(*retry, kLongestRetry.count())), kShortestRetry, kLongestRetry);
}

void Exchange::poll(bool progress) {
  fruitless_ = progress ? 0 : fruitless_ + 1;
  if (cancelled_) return end();
  if (fruitless_ > kMostFruitless)
    return fail(
        outcome_unknown("the server ended its stream without an answer, and resuming the "
                        "stream brought nothing"));
  state_ = State::Polling;
  timer_.start(retry_, [this] { resume(); });
}

void Exchange::resume() {
  state_ = State::Resuming;
  SessionTerms terms = host_.terms();
  if (!new_session_.empty()) terms.id = new_session_;
  destroy_later(host_.access(), std::move(stream_));
  stream_ = std::make_unique<EventStream>(host_.access(), *this, stream_fields(terms, last_id_),
                                          host_.line_limit());
}

void Exchange::stream_event(SseEvent&& event) {
  if (state_ == State::Resuming) take(std::move(event));
}

void Exchange::stream_ended(StreamEnd end_of_stream) {
  if (state_ == State::Lingering) return end();
  const int status = end_of_stream.refusal.status;
  if (status == 404) return host_.refused(*this, end_of_stream.refusal, "");
  if (status != 0 && status < 500 && status != 429)
    return fail(
        outcome_unknown("the server ended its stream without an answer, and refused to "
                        "resume it with status " +
                        std::to_string(status)));
  note_position(stream_->last_id(), stream_->retry());
  poll(stream_->got_bytes());
}

void Exchange::answered() {
  state_ = State::Lingering;
  // A stream that has said what it had to say ends soon. Then its connection can be reused.
  const bool may_end = call_ || stream_;
  timer_.start(may_end ? host_.access().times.linger : Millis{0}, [this] { end(); });
}

void Exchange::cancel() {
  cancelled_ = true;
  if (state_ == State::Waiting || state_ == State::Polling || message_.modern) return end();
  timer_.start(host_.access().times.cancelled, [this] { end(); });
}

void Exchange::fail(const RequestFailure& failure) {
  if (!open()) return;
  close();
  if (!cancelled_) host_.failed(*this, failure);
  host_.ended(*this);
}

void Exchange::end() {
  close();
  host_.ended(*this);
}

void Exchange::close() {
  state_ = State::Closed;
  call_.reset();
  if (stream_) stream_->close();
  timer_.stop();
}

}  // namespace callgate
