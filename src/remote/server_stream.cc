#include "server_stream.h"

#include <algorithm>
#include <utility>

#include "callgate/base/digest.h"
#include "callgate/base/log.h"

namespace callgate {

namespace {

constexpr Millis kLongestReconnect{30'000}, kLongestNamed{3'600'000}, kShortestNamed{100};

}  // namespace

Millis reconnect_time(Millis first, int failures) {
  Millis time = first;
  for (int i = 0; i < failures && time < kLongestReconnect; ++i) time = time * 3 / 2;
  const auto random = static_cast<unsigned char>(random_bytes(1)[0]);
  return std::min(time, kLongestReconnect) + time / 5 * random / 255;
}

ServerStream::ServerStream(ServerAccess& access, ServerStreamUser& user, size_t limit)
    : access_(access), user_(user), limit_(limit), timer_(access.loop()) {}

void ServerStream::open(SessionTerms terms) {
  close();
  terms_ = std::move(terms);
  connect();
}

void ServerStream::close() {
  timer_.stop();
  if (stream_) stream_->close();
  destroy_later(access_, std::move(stream_));
  last_id_.clear();
  retry_.reset();
  interrupted_ = false;
  failures_ = 0;
}

void ServerStream::connect() {
  destroy_later(access_, std::move(stream_));
  stream_ = std::make_unique<EventStream>(access_, *this, stream_fields(terms_, last_id_), limit_);
}

void ServerStream::stream_opened() {
  const bool missed = std::exchange(interrupted_, true) && last_id_.empty();
  if (missed) user_.messages_missed();
}

void ServerStream::stream_event(SseEvent&& event) { user_.server_event(std::move(event)); }

void ServerStream::stream_ended(StreamEnd end) {
  const int status = end.refusal.status;
  if (status != 0 && status < 500 && status != 429) return refused(status);
  failures_ = stream_->got_bytes() ? 0 : failures_ + 1;
  if (end.opened) last_id_ = stream_->last_id().empty() ? last_id_ : stream_->last_id();
  if (const auto named = stream_->retry())
    retry_ =
        std::clamp(Millis(std::min(*named, kLongestNamed.count())), kShortestNamed, kLongestNamed);
  connect_later();
}

void ServerStream::refused(int status) {
  if (status == 404 && !terms_.id.empty()) return user_.stream_lost_session();
  if (status == 400 && !last_id_.empty()) {
    // The server cannot resume the stream after this id any more, but may open a new one.
    last_id_.clear();
    return connect_later();
  }
  // 405 is the usual way to say that there is no such stream. After 409, another one is open.
  log::debug("the server offers no stream for messages of its own (status {})", status);
}

void ServerStream::connect_later() {
  timer_.start(
      retry_ && failures_ == 0 ? *retry_ : reconnect_time(access_.times.reconnect, failures_),
      [this] { connect(); });
}

}  // namespace callgate
