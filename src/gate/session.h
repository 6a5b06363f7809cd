// One client's conversation: the handshake, the client's open requests by the client's ids, and the
// answers that need only the session's own state. Legacy peers speak revisions up to 2025-11-25,
// which begin with a handshake; modern peers speak 2026-07-28, which has none.
#pragma once

#include <array>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "callgate/policy/profiles.h"
#include "callgate/protocol/methods.h"
#include "callgate/protocol/modern.h"
#include "callgate/protocol/revisions.h"
#include "callgate/protocol/text.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/rpc.h"
#include "client_request.h"
#include "core.h"
#include "refusal_rows.h"

namespace callgate {

class Session {
 public:
  Session(Core& core, SessionNumber number, ClientLink& link, ClientFacts facts);

  void line(std::string bytes);
  void line_too_long(std::string_view head);
  /// One message or batch that is already parsed.
  void message(const MessagePtr& message, Exchange exchange);
  void exchange_gone(Exchange exchange);
  /// The link is gone. The session sends nothing any more.
  void close(const std::string& reason);

  SessionNumber number() const { return number_; }
  /// True if the client has sent `initialize`, as legacy clients do. Only such a client may be sent
  /// requests and notifications that it did not ask for.
  bool initialized() const { return initialized_; }
  Revision revision() const { return revision_; }
  Dialect dialect(Era era) const { return {.era = era, .revision = revision_}; }
  /// Returns the `_meta` members that describe a legacy client in requests to a modern child. Empty
  /// for a legacy child.
  ModernMeta meta_for(Era child) const;
  /// The key under which the guard remembers the client's dead ends; see callgate::memory_key().
  const std::string& memory_key() const { return memory_key_; }
  const std::string& client_name() const { return client_name_; }
  const Rights& rights() const { return rights_; }
  /// The client's last answer to roots/list, as JSON text; empty if unknown. A modern client gives
  /// this answer with a call and is not asked again.
  const std::string& roots() const { return roots_; }
  /// The URIs in roots().
  const std::vector<std::string>& root_uris() const { return root_uris_; }
  void remember_roots(Value answer);
  /// On whose behalf the client acts: its token and profile, as a key.
  std::string principal() const;
  /// The folder in which the client works; empty if unknown.
  std::string project_root() const;
  /// True if the client is paused or revoked. Then the client may only end calls, tasks and
  /// subscriptions that it began before.
  bool stopped() const;
  /// The `capabilities` of the client's initialize request; may be absent.
  Value capabilities() const;
  /// The log level that the client has set, or -1 if it has set none.
  int level() const { return level_; }

  /// Identifies `rpc`, a request in the message that is being handled.
  ClientRequest now_asked(const Rpc& rpc) const;
  void answer(const ClientRequest& to, std::string_view result);
  void fail(const ClientRequest& to, ErrorCode code, std::string_view message,
            std::string_view code_word);
  /// Answers a request with an error and records the refusal. `root` is the request; it is part of
  /// `message`.
  void refuse(const ClientRequest& to, Value root, const MessagePtr& message, ErrorCode code,
              const std::string& why, std::string_view code_word);
  /// Records a refused request, or the requests of a refused batch. If the client has given its
  /// name and `root` is not a batch, the request always gets a row. Otherwise a request gets a row
  /// only if it may ask a server for something; see asks_a_server().
  void record_refused(Value root, const MessagePtr& message, ErrorCode code,
                      const std::string& why);
  /// Records a refused request of which only `name` is known.
  void record_refused(const std::string& name, ErrorCode code, const std::string& why);
  /// Sends a complete answer that already has the client's id. `error` is its code, or 0 for a
  /// result.
  void send_answer(const ClientRequest& to, std::string bytes, int error);
  void notify(std::string bytes, Exchange about);
  void ask(std::string bytes, Exchange about);

  /// The part of the gate that handles an open request.
  struct OpenRequest {
    enum class Where : uint8_t { Call, Child, List, Listen } where{};
    CallNumber call = 0;
    ChildIndex child = 0;
    int64_t gate_id = 0;
    ListKind list{};
    std::string cursor;
    Exchange exchange = 0;
    Era era = Era::Legacy;
  };
  void opened(const ClientRequest& request, OpenRequest open);
  /// Removes the request from the open requests, so that the caller may answer it. Returns false if
  /// the request is not open (it has been answered or cancelled); then the caller must not answer.
  bool closed(const std::string& id, OpenRequest::Where where, int64_t number);
  size_t open_requests() const { return client_requests_.size(); }
  uint64_t dropped() const { return dropped_; }
  /// Limits the rows of the session's refused calls.
  RefusalRows& refusal_rows() { return refusal_rows_; }
  /// The number of running calls without an open request of the client: calls that wait for the
  /// client's next round, and tasks.
  size_t detached_calls() const { return detached_calls_; }
  void detached_calls(int change) { detached_calls_ += static_cast<size_t>(change); }
  /// Checks limits.in_flight, counting `more` in addition to the open requests. If the limit is
  /// reached, refuses the request and returns false.
  bool has_room(const Rpc& rpc, const MessagePtr& message, size_t more);
  /// Answers a valid request that cannot be served now with an error. If the request asks a server
  /// for something, the request gets a row that names `rule`.
  void turn_away(const Rpc& rpc, const MessagePtr& message, ErrorCode code, const std::string& why,
                 std::string_view code_word, std::string_view rule);

  /// Computes the rights again, because the policies have been replaced.
  void take_rights();
  /// The configured servers have changed. The session leaves children of servers that it must not
  /// see any more, and starts children of new servers if start_children() was called before.
  void update_children();
  bool shows(ListKind kind, const CatalogEntry& entry) const;

  /// Returns the child of the server that owns the URI. If the owner is unknown, returns the child
  /// of the only server with resources. Returns nullptr if there is no such child.
  Child* server_of_uri(const std::string& uri);
  /// Returns the session's child of the server, and starts it if needed. Returns nullptr if the
  /// limit of children is reached.
  Child* child_of(ServerIndex server);
  Child* child_for_call(ServerIndex server);
  /// Starts a child of each server that the session sees, because the client is about to use them.
  void start_children();
  bool sees(ServerIndex server) const;
  /// True if each of the session's children has been started, and none of them is still starting or
  /// sending its lists, so there is nothing to wait for.
  bool settled();
  /// True if there is no list to wait for: for each server, the lists are known (perhaps from an
  /// earlier run), or its child is settled without them.
  bool lists_known();
  /// True if the lists of at least one server are known.
  bool some_list_known();
  /// The client's capabilities as its children get them. Only sessions with equal capabilities
  /// share a child, unless `share` is "one". A modern client declares its capabilities with each
  /// request, but a legacy child gets them only once: those of the first request that needed a
  /// child.
  std::string child_capabilities() const;

  /// Answers the list requests that wait for servers, if the lists are known or `time_is_over` is
  /// true.
  void check_list_requests(bool time_is_over);
  /// The instructions of all servers that the session sees, for the client's model, as far as they
  /// are known.
  std::string instructions() const;
  /// Notifies the client if one of these lists differs from the one that the client got last.
  void notify_of_lists(const std::vector<ListKind>& kinds);

 private:
  void refuse_line(std::string_view line, ErrorCode code, const std::string& why,
                   std::string_view code_word);
  void message_of(Value root, const MessagePtr& message);
  void request(const Rpc& rpc, const MessagePtr& message);
  void legacy_request(Method method, const Rpc& rpc, const MessagePtr& message);
  void modern_request(const Rpc& rpc, const MessagePtr& message);
  /// Handles a request that exists in both eras. Returns false if `rpc` is not one of them.
  bool common_request(Method method, const Rpc& rpc, const MessagePtr& message);
  void discover(const Rpc& rpc);
  void opened_by(Value client_info, std::string_view protocol, Era era);
  void notification(const Rpc& rpc);
  void roots_changed(const Rpc& rpc);
  void drop(const Rpc& rpc);
  void record_item(Value root, const MessagePtr& message, ErrorCode code, const std::string& why,
                   std::string_view rule = {});
  void append_opened(std::string_view protocol, std::string_view era);
  void refuse_initialize(const Rpc& rpc, const MessagePtr& message);
  void initialize(const Rpc& rpc, const MessagePtr& message);
  void list(const Rpc& rpc, ListKind kind);
  void answer_list(const ClientRequest& to, ListKind kind, std::string_view cursor);
  void cancel(const std::string& id, const OpenRequest& open, std::string_view reason_json);
  void set_level(const Rpc& rpc);
  /// The stages in which list requests wait for servers. First: up to limits.first_list. One:
  /// longer, because the lists of no server are known yet. Rest: the lists of at least one server
  /// are known, and the other servers get a moment more.
  enum class ListWait : uint8_t { First, One, Rest };
  void wait_for_lists(ListWait stage, Nanos time);
  bool waits_for_more_lists(bool time_is_over);
  void cancelled(const Rpc& rpc);
  Core& core_;
  SessionNumber number_;
  ClientLink& link_;
  ClientFacts facts_;
  std::string memory_key_;
  Rights rights_;
  MessagePtr initialize_;
  Revision revision_ = kLatestLegacy;
  std::string client_name_, client_version_;
  std::string declared_ = "{}";  // the capabilities of a modern client; see child_capabilities()
  std::string roots_;
  std::vector<std::string> root_uris_;
  bool initialized_ = false, opened_ = false, closed_ = false;
  bool recorded_ = false;  // the session has a row, without the client's name until `opened_`
  int level_ = -1;
  std::unordered_multimap<std::string, OpenRequest> client_requests_;
  size_t detached_calls_ = 0;
  RefusalRows refusal_rows_;
  Exchange exchange_ = 0;  // the exchange of the message that is being handled
  Nanos lists_due_{};
  ListWait list_wait_ = ListWait::First;
  bool uses_servers_ = false;                    // start_children() has been called
  std::array<std::optional<size_t>, 4> listed_;  // digests of the lists that the client got last
  uint64_t dropped_ = 0;                         // notifications that were not forwarded
};

}  // namespace callgate
