// One client's conversation: handshake, its open requests by its own ids, and what only its own
// state can answer.
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
#include "core.h"
#include "refusal_rows.h"

namespace callgate {

/// A request of a client: the bytes of its id, and the exchange of the link that it came with.
struct ClientRequest {
  std::string id;  // empty: it could not be read
  Exchange exchange = 0;
  Era era = Era::Legacy;
};

inline constexpr size_t kLongestId = 1024;  ///< bytes of a request id

class Session {
 public:
  Session(Core& core, SessionNumber number, ClientLink& link, ClientFacts facts);

  void line(std::string bytes);
  void line_too_long(std::string_view head);
  /// One message or batch, walked already.
  void message(const MessagePtr& message, Exchange exchange);
  void exchange_gone(Exchange exchange);
  /// The link is gone. Nothing is sent any more.
  void close(const std::string& reason);

  SessionNumber number() const { return number_; }
  /// Has said `initialize`: it may be told things that it did not ask for.
  bool initialized() const { return initialized_; }
  Revision revision() const { return revision_; }
  Dialect dialect(Era era) const { return {.era = era, .revision = revision_}; }
  /// What a modern child is told of this client when it is a legacy one; a legacy child gets
  /// nothing.
  ModernMeta meta_for(Era child) const;
  /// By whom the guard remembers what led nowhere.
  const std::string& memory_key() const { return memory_key_; }
  const std::string& client_name() const { return client_name_; }
  const Rights& rights() const { return rights_; }
  /// The answer of its client to roots/list that came last, as JSON text; empty if it is unknown.
  /// Modern clients give it with a call, and are not asked again.
  const std::string& roots() const { return roots_; }
  /// The URIs in it.
  const std::vector<std::string>& root_uris() const { return root_uris_; }
  void remember_roots(Value answer);
  /// On whose behalf it acts: its token and profile, as a key.
  std::string principal() const;
  /// The folder that its client works in, as far as it is known; empty if it is not.
  std::string project_root() const;
  /// It is paused or revoked: nothing that it sends reaches a server.
  bool stopped() const;
  /// The `capabilities` of its initialize request; may be absent.
  Value capabilities() const;
  int level() const { return level_; }

  /// That request of the message that is being dealt with.
  ClientRequest now_asked(const Rpc& rpc) const;
  void answer(const ClientRequest& to, std::string_view result);
  void fail(const ClientRequest& to, ErrorCode code, std::string_view message,
            std::string_view code_word);
  /// Fails a request that goes no further, and records that.
  /// `root` is the request, in `message`.
  void refuse(const ClientRequest& to, Value root, const MessagePtr& message, ErrorCode code,
              const std::string& why, std::string_view code_word);
  /// Records requests that are refused, alone or in a batch. A client that has not said who it is
  /// may probe without a row; see asks_a_server().
  void record_refused(Value root, const MessagePtr& message, ErrorCode code,
                      const std::string& why);
  /// The same for one of which no more is known than that name.
  void record_refused(const std::string& name, ErrorCode code, const std::string& why);
  /// A whole answer that already carries the client's id bytes. `error` is its code, 0 for a
  /// result.
  void send_answer(const ClientRequest& to, std::string bytes, int error);
  void notify(std::string bytes, Exchange about);
  void ask(std::string bytes, Exchange about);

  /// Where an open request is being dealt with.
  struct OpenRequest {
    enum class Where : uint8_t { Call, Server, List, Listen } where{};
    CallNumber call = 0;
    ChildIndex child = 0;
    int64_t gate_id = 0;
    ListKind list{};
    std::string cursor;
    Exchange exchange = 0;
    Era era = Era::Legacy;
  };
  void opened(const ClientRequest& request, OpenRequest open);
  /// False: it was not open, so it has its answer already or is to get none.
  bool closed(const std::string& id, OpenRequest::Where where, int64_t number);
  size_t open_requests() const { return open_.size(); }
  uint64_t dropped() const { return dropped_; }
  /// The rows of its refused calls.
  RefusalRows& refusal_rows() { return refusal_rows_; }
  /// Calls that go on while no request of the client is open for them.
  size_t away() const { return away_; }
  void away(int change) { away_ += static_cast<size_t>(change); }
  /// Limits.in_flight, with `more` open ones counted; false: the request is refused.
  bool has_room(const Rpc& rpc, const MessagePtr& message, size_t more);
  /// Fails a request that is in order, but cannot be served now. It gets a row if it asks a server
  /// for something.
  void turn_away(const Rpc& rpc, const MessagePtr& message, ErrorCode code, const std::string& why,
                 std::string_view code_word, std::string_view rule);

  /// The policies have been replaced.
  void take_rights();
  /// The configured servers are others: leaves those that it is not to see, and has children of new
  /// ones if it has of any.
  void look_at_servers();
  bool shows(ListKind kind, const CatalogEntry& entry) const;

  Server* server_of_uri(const std::string& uri);
  /// Its child of that server, started if it was not; null: it can have none.
  Server* child_of(ServerIndex server);
  Server* child_for_call(ServerIndex server);
  /// All of them, for a session that is about to use what they have.
  void start_children();
  bool sees(ServerIndex server) const;
  /// Each of its children has been started, and none is starting or listing: nothing more is to be
  /// waited for.
  bool settled();
  /// The lists of all its servers are known, if only from an earlier run.
  bool lists_known();
  /// Those of one server at least.
  bool some_list_known();
  /// What its children are told that it can do: sessions must have that in common to share one. A
  /// modern client says with each request what it can do, but a legacy child is told once: what the
  /// first request said that needed a child.
  std::string child_capabilities() const;

  /// Lists that wait for servers are answered when all are settled or the time is over.
  void look_at_lists(bool time_is_over);
  /// For its model, of all servers that it sees; as far as they are known yet.
  std::string instructions() const;
  /// Its client hears of those that look different from what it was told last.
  void tell_of_lists(const std::vector<ListKind>& kinds);

 private:
  void refuse_line(std::string_view line, ErrorCode code, const std::string& why,
                   std::string_view code_word);
  void message_of(Value root, const MessagePtr& message);
  void request(const Rpc& rpc, const MessagePtr& message);
  void legacy_request(Method method, const Rpc& rpc, const MessagePtr& message);
  void modern_request(const Rpc& rpc, const MessagePtr& message);
  /// Requests that both eras have; false: it is none of them.
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
  /// First: limits.first_list. One: nothing is known of any server yet. Rest: one is known by now.
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
  std::string declared_ = "{}";  // the capabilities of a modern client
  std::string roots_;
  std::vector<std::string> root_uris_;
  bool initialized_ = false, opened_ = false, closed_ = false;
  bool recorded_ = false;  // it has a row, which may lack the client's name until `opened_`
  int level_ = -1;
  std::unordered_multimap<std::string, OpenRequest> open_;
  size_t away_ = 0;
  RefusalRows refusal_rows_;
  Exchange exchange_ = 0;  // of the message that is being dealt with
  Nanos lists_due_{};
  ListWait list_wait_ = ListWait::First;
  bool uses_servers_ = false;                    // it has had its children started
  std::array<std::optional<size_t>, 4> listed_;  // digests of what its client was told last
  uint64_t dropped_ = 0;                         // notifications that no server may get
};

}  // namespace callgate
