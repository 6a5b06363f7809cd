// A stream of events that a GET opens.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "callgate/wire/sse_reader.h"
#include "web_call.h"

namespace callgate {

/// How a stream ended: it was opened and has ended or broken, or it was refused, or the server
/// could not be reached.
struct StreamEnd {
  bool opened = false;
  WebAnswer refusal;  // the status is 0 if it was not refused
  std::string moved_to;
  std::optional<RequestFailure> failure;
};

/// Each function may close the stream, but must not destroy it.
class EventStreamUser {
 public:
  virtual void stream_opened() = 0;
  virtual void stream_event(SseEvent&& event) = 0;
  virtual void stream_ended(StreamEnd end) = 0;

 protected:
  ~EventStreamUser() = default;
};

class EventStream final : public WebCallUser {
 public:
  /// An event may have `limit` bytes.
  EventStream(ServerAccess& access, EventStreamUser& user, WebFields fields, size_t limit);
  /// Afterwards no function of the user is called.
  void close() { call_.reset(); }
  const std::string& last_id() const { return reader_.last_id(); }
  std::optional<int64_t> retry() const { return reader_.retry(); }
  /// The URL that answers, after redirects. Only while the stream is open.
  const WebUrl& url() const { return call_->url(); }
  bool got_bytes() const { return got_bytes_; }

  void on_head(const TransferHead& head) override;
  void on_bytes(std::string_view bytes) override;
  void on_end() override;
  void on_refused(const WebAnswer& answer, const std::string& moved_to) override;
  void on_failed(RequestFailure failure) override;

 private:
  void end(StreamEnd end);

  EventStreamUser& user_;
  SseReader reader_;
  bool opened_ = false, got_bytes_ = false;
  std::unique_ptr<WebCall> call_;
};

/// True for the media type, with or without parameters.
bool has_media_type(const WebFields& fields, std::string_view type);

/// Destroys an object later, because one of its functions may be running.
template <class Object>
void destroy_later(ServerAccess& access, std::unique_ptr<Object> object) {
  if (object) access.http.impl().destroy_later(std::shared_ptr<Object>(std::move(object)));
}

}  // namespace callgate
