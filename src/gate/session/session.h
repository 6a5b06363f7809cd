// One client's conversation: reads the client's messages and passes each request to the part that
// handles it. Each of the session's own parts has its own file. Legacy peers speak revisions up to
// 2025-11-25, which begin with a handshake; modern peers speak 2026-07-28, which has none.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "callgate/gate/status.h"
#include "callgate/policy/profiles.h"
#include "callgate/protocol/methods.h"
#include "client_output.h"
#include "client_peer.h"
#include "client_requests.h"
#include "session_handshake.h"
#include "session_lists.h"
#include "session_refusals.h"

namespace callgate {

class Session {
 public:
  Session(GateState& gate, SessionHost& host, SessionNumber number, ClientLink& link,
          ClientFacts facts, WorkspaceNumber workspace);

  void line(std::string bytes);
  void line_too_long(std::string_view head);
  /// One message or batch that is already parsed.
  void message(const MessagePtr& message, Exchange exchange);
  void exchange_gone(Exchange exchange);
  /// The link is gone. The session sends nothing any more.
  void close(const std::string& reason);

  SessionNumber number() const { return number_; }
  WorkspaceNumber workspace() const { return workspace_; }
  void set_workspace(WorkspaceNumber workspace) { workspace_ = workspace; }
  /// Identifies `rpc`, a request in the message that is being handled.
  ClientRequest now_asked(const Rpc& rpc) const;
  const Rights& rights() const { return rights_; }
  bool sees(ServerIndex server) const { return rights_.sees_server(gate_.registry[server].name); }
  bool shows(ListKind kind, const CatalogEntry& entry) const;
  /// Computes the rights again, because the policies have been replaced.
  void take_rights();
  /// The decision that denies the client's calls, if the client is paused or revoked. Then the
  /// client may only end calls, tasks and subscriptions that it began before.
  std::optional<Decision> stopped() const { return gate_.clients.decision(number_, client.name()); }
  /// Checks limits.in_flight, counting `more` in addition to the open requests. If the limit is
  /// reached, refuses the request and returns false.
  bool has_room(const Rpc& rpc, const MessagePtr& message, size_t more);

  /// The number of running calls without an open request of the client: calls that wait for the
  /// client's next round, and tasks.
  size_t detached_calls() const { return detached_calls_; }
  void detached_calls(int change) { detached_calls_ += static_cast<size_t>(change); }
  /// True if children of all servers that the session sees have been started for it.
  bool uses_servers() const { return uses_servers_; }
  void set_uses_servers() { uses_servers_ = true; }
  SessionStatus status() const;

 private:
  void refuse_line(std::string_view line, ErrorCode code, const std::string& why,
                   std::string_view code_word);
  void message_of(Value root, const MessagePtr& message);
  void request(const Rpc& rpc, const MessagePtr& message);
  void legacy_request(Method method, const Rpc& rpc, const MessagePtr& message);
  void modern_request(const Rpc& rpc, const MessagePtr& message);
  /// Handles a request that exists in both eras. Returns false if `rpc` is not one of them.
  bool common_request(Method method, const Rpc& rpc, const MessagePtr& message);
  void list(const Rpc& rpc, const MessagePtr& message, ListKind kind);
  void set_log_level(const Rpc& rpc);
  void notification(const Rpc& rpc);
  void cancelled(const Rpc& rpc);
  void drop(const Rpc& rpc);

  GateState& gate_;
  SessionHost& host_;
  SessionNumber number_;
  WorkspaceNumber workspace_;
  Micros since_;

 public:
  ClientPeer client;
  ClientOutput output;
  ClientRequests requests;
  SessionHandshake handshake;
  SessionLists lists;
  SessionRefusals refusals;

 private:
  Rights rights_;
  Exchange exchange_ = 0;  // the exchange of the message that is being handled
  size_t detached_calls_ = 0;
  bool uses_servers_ = false;
  uint64_t dropped_ = 0;  // notifications that were not forwarded
};

}  // namespace callgate
