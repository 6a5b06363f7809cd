// A session of the legacy Streamable HTTP transport (MCP 2025-03-26 to 2025-11-25): streams that
// may break and go on, one that the client holds open for what belongs to no request.
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
  /// The first message: the answer to `initialize` brings the client the session's id.
  void initialize(HttpConnection& connection, const MessagePtr& message);
  void post(HttpConnection& connection, const MessagePtr& message);
  /// Opens the stream for what belongs to no request, or goes on with a broken one.
  void get(HttpConnection& connection);
  /// What is still open is answered with this fault, streams end, the gate's session too.
  void end(const HttpFault& fault);

  /// `initialize` was refused: nobody knows the session.
  bool failed() const { return failed_; }
  /// Nobody is connected or waited for.
  bool idle() const { return posts_.empty() && !get_; }
  /// Bytes that are kept for streams that break, and fewer of them.
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
  uint64_t aside_seen_ = 0;  // the latest event that a GET stream took
  bool failed_ = false;
};

}  // namespace callgate
