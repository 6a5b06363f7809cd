// The stream of HTTP+SSE, on which all messages of the server come. Its first event names the URL
// to which messages are posted. Source: MCP 2024-11-05 "Transports", section "HTTP with SSE".
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "event_stream.h"

namespace callgate {

class OldStreamUser {
 public:
  /// Messages can be posted from now on.
  virtual void old_stream_ready() = 0;
  virtual void old_event(SseEvent&& event) = 0;
  /// The stream has ended or could not be opened. `status` is that of a refusal, or 0.
  virtual void old_stream_gone(const Error& why, int status) = 0;

 protected:
  ~OldStreamUser() = default;
};

class OldStream final : public EventStreamUser {
 public:
  OldStream(ServerAccess& access, OldStreamUser& user, size_t limit);
  void open();
  void close();
  bool is_open() const { return stream_ != nullptr; }
  bool ready() const { return endpoint_.has_value(); }
  /// Only if the stream is ready.
  const WebUrl& endpoint() const { return *endpoint_; }

  void stream_opened() override {}
  void stream_event(SseEvent&& event) override;
  void stream_ended(StreamEnd end) override;

 private:
  void endpoint_came(const std::string& reference);
  void gone(const Error& why, int status);

  ServerAccess& access_;
  OldStreamUser& user_;
  const size_t limit_;
  std::unique_ptr<EventStream> stream_;
  std::optional<WebUrl> endpoint_;
  Timer timer_;
};

}  // namespace callgate
