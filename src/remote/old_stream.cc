#include "old_stream.h"

#include <utility>

namespace callgate {

namespace {

Error no_endpoint(const std::string& why) {
  return {"remote.endpoint", "the server's stream of HTTP+SSE is of no use: " + why,
          "check the server's url and transport"};
}

}  // namespace

OldStream::OldStream(ServerAccess& access, OldStreamUser& user, size_t limit)
    : access_(access), user_(user), limit_(limit), timer_(access.loop()) {}

void OldStream::open() {
  close();
  stream_ = std::make_unique<EventStream>(access_, *this,
                                          WebFields{{"Accept", "text/event-stream"}}, limit_);
  timer_.start(access_.times.endpoint,
               [this] { gone(no_endpoint("its first event did not come in time"), 0); });
}

void OldStream::close() {
  timer_.stop();
  endpoint_.reset();
  if (stream_) stream_->close();
  destroy_later(access_, std::move(stream_));
}

void OldStream::stream_event(SseEvent&& event) {
  if (event.type == "endpoint") return endpoint_came(event.data);
  if (ready()) user_.old_event(std::move(event));
}

/// The session's URL must stay the same, because the gate's requests in flight belong to it.
void OldStream::endpoint_came(const std::string& reference) {
  if (ready()) return;
  auto url = resolve_url(*access_.http.impl().curl, stream_->url(), reference);
  if (!url) return gone(url.error(), 0);
  if (url->origin() != access_.url.origin())
    return gone(no_endpoint("it names an address of another server (" + shown_url(*url) + ")"), 0);
  timer_.stop();
  endpoint_ = std::move(*url);
  user_.old_stream_ready();
}

void OldStream::stream_ended(StreamEnd end) {
  const int status = end.refusal.status;
  if (end.failure) return gone(end.failure->error, 0);
  if (status == 0) return gone(no_endpoint("the server ended it"), 0);
  if (status < 300)
    return gone(no_endpoint("the server answered with something else than a stream"), status);
  Error why = no_endpoint("the server refused it with status " + std::to_string(status));
  if (!end.moved_to.empty()) why.message += ", and it has moved to " + end.moved_to.substr(0, 300);
  gone(why, status);
}

void OldStream::gone(const Error& why, int status) {
  close();
  user_.old_stream_gone(why, status);
}

}  // namespace callgate
