// A session of the legacy Streamable HTTP transport (MCP 2025-03-26 to 2025-11-25). The client can
// resume a stream after its connection broke. With a GET request, the client may keep one stream
// open on which the gate sends messages that belong to no request.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "callgate/io/lifetime.h"
#include "callgate/protocol/revisions.h"
#include "callgate/wire/message.h"
#include "http_parts.h"

namespace callgate {

class LegacySession final : public HttpSession {
 public:
  LegacySession(HttpParts& parts, const HttpConnection& opener, std::string id);

  const std::string& id() const { return id_; }
  /// Handles the first message, `initialize`. The answer to it contains the id of the session.
  void initialize(HttpConnection& connection, const MessagePtr& message);
  void post(HttpConnection& connection, const MessagePtr& message);
  /// Handles a GET request: opens the stream for messages that belong to no request, or resumes a
  /// broken stream.
  void get(HttpConnection& connection);
  /// Answers all open requests with `fault`, ends all streams, and ends the session at the gate.
  void end(const HttpFault& fault);

  /// True if the gate refused `initialize`. In that case, no client knows the session's id.
  bool failed() const { return failed_; }
  /// True if no request and no stream is open.
  bool idle() const { return posts_.empty() && !get_; }
  /// Returns how many bytes of events are kept for clients that resume a stream. keep_less() drops
  /// the oldest events until the rest is within the current bounds.
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
  Lifetime lifetime_;
};

}  // namespace callgate
