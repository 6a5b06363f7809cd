// A session of the legacy Streamable HTTP transport (MCP 2025-03-26 to 2025-11-25). Its streams can
// be resumed after they break. The client may hold one stream open for messages that belong to no
// request.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "callgate/protocol/revisions.h"
#include "callgate/wire/message.h"
#include "http_parts.h"

namespace callgate {

class LegacySession final : public HttpSession {
 public:
  LegacySession(HttpParts& parts, const HttpConnection& opener, std::string id);

  const std::string& id() const { return id_; }
  /// Handles the first message. The answer to `initialize` gives the client the id of the session.
  void initialize(HttpConnection& connection, const MessagePtr& message);
  void post(HttpConnection& connection, const MessagePtr& message);
  /// Opens the stream for messages that belong to no request, or resumes a broken stream.
  void get(HttpConnection& connection);
  /// Answers the open requests with this fault, and ends the streams and the session at the gate.
  void end(const HttpFault& fault);

  /// `initialize` was refused, so no client knows the session.
  bool failed() const { return failed_; }
  /// No request and no stream is open.
  bool idle() const { return posts_.empty() && !get_; }
  /// Bytes that are kept to resume broken streams. keep_less() reduces them to the current bounds.
  size_t kept() const { return log_.bytes(); }
  void keep_less() { log_.trim(parts_.replay_bounds()); }

  void send(Outgoing message) override;
  void connection_gone(HttpConnection& connection, Exchange exchange) override;
  void still_waiting(HttpConnection& connection, Exchange exchange, Nanos waited) override;

 private:
  using Posts = std::unordered_map<Exchange, OpenPost>;

  void hand_over(HttpConnection& connection, const MessagePtr& message, bool initialize);
  void cancelled(const std::string& id);
  void answered(Posts::iterator post, Outgoing& message);
  void begin_events(Exchange exchange, OpenPost& post);
  void emit(Exchange stream, HttpConnection* connection, std::string bytes);
  void emit_aside(std::string bytes);
  void replay(HttpConnection& connection, EventId from);
  void open_get(HttpConnection& connection, uint64_t from);
  void resume(HttpConnection& connection, std::string_view last_event);
  std::string session_field(const OpenPost& post) const;

  const std::string id_;
  Revision revision_ = kLatestLegacy;
  Posts posts_;
  HttpConnection* get_ = nullptr;
  EventLog log_;
  uint64_t aside_seen_ = 0;  // the latest event that was sent on a GET stream
  bool failed_ = false;
};

}  // namespace callgate
