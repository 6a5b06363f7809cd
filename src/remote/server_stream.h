// The stream on which a server of Streamable HTTP sends messages that belong to no request. Only
// the legacy era has it, and a server need not offer it. Source: MCP 2025-11-25 "Transports",
// section "Listening for Messages from the Server".
#pragma once

#include <memory>
#include <string>

#include "event_stream.h"
#include "request_fields.h"

namespace callgate {

class ServerStreamUser {
 public:
  virtual void server_event(SseEvent&& event) = 0;
  /// Messages may have been lost, because the stream broke and could not be resumed.
  virtual void messages_missed() = 0;
  /// The server does not know the session any more.
  virtual void stream_lost_session() = 0;

 protected:
  ~ServerStreamUser() = default;
};

class ServerStream final : public EventStreamUser {
 public:
  ServerStream(ServerAccess& access, ServerStreamUser& user, size_t limit);
  /// Opens the stream, and opens it again whenever it ends.
  void open(SessionTerms terms);
  void close();

  void stream_opened() override;
  void stream_event(SseEvent&& event) override;
  void stream_ended(StreamEnd end) override;

 private:
  void connect();
  void refused(int status);
  void connect_later();

  ServerAccess& access_;
  ServerStreamUser& user_;
  const size_t limit_;
  SessionTerms terms_;
  std::unique_ptr<EventStream> stream_;
  std::string last_id_;
  std::optional<Millis> retry_;
  bool interrupted_ = false;  // it was open before
  int failures_ = 0;          // in a row
  Timer timer_;
};

/// Returns how long to wait before a stream is opened again: one and a half times as long after
/// each failure in a row, at most 30 s, and a random part of it.
Millis reconnect_time(Millis first, int failures);

}  // namespace callgate
