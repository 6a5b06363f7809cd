// One configured server: its child's life as seen from the protocol, the handshake, its lists, and
// the requests that are under way towards it by our ids.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "callgate/wire/edits.h"
#include "callgate/wire/rpc.h"
#include "core.h"
#include "session.h"

namespace callgate {

/// A request of ours that the child has not answered.
struct Pending {
  enum class Kind : uint8_t { Initialize, List, Call, Passed, Subscribe, Unsubscribe, Quiet };
  Kind kind{};
  SessionNumber session = 0;
  ClientRequest client;
  CallNumber call = 0;
  ListKind list{};
  std::string token;  // the client's progress token, its bytes; empty: none
  std::string uri;
  Nanos due{}, cap{};
};

class Server {
 public:
  using State = ServerStatus::State;
  Server(Core& core, ServerIndex index);

  const ServerConfig& config() const;
  ServerIndex index() const { return index_; }
  State state() const { return state_; }
  bool ready() const { return state_ == State::Ready; }
  /// Neither starting nor listing: waiting for it makes no sense.
  bool settled() const {
    return state_ != State::Starting && state_ != State::Listing && state_ != State::Stopped;
  }
  ServerStatus status() const;
  /// Why it can't be called now, for an error text.
  std::string down_text() const;
  /// The member of its capabilities; absent if it is not up or has none.
  Value capability(std::string_view key) const;

  /// Starts it if nobody has yet; a parked one is tried again, at most twice a minute.
  void ensure_started();
  void stop();
  void up(int64_t pid);
  void line(std::string bytes);
  void line_too_long(std::string_view head);
  void gone(const ChildEnd& end);
  /// Start, back-off or stable time is over.
  void due();

  int64_t next_id() { return ++last_id_; }
  /// False: the queue is full, nothing was sent.
  bool send(int64_t id, Pending pending, std::string bytes);
  bool send(std::string bytes);
  /// The client cancelled: tells the child; an answer that still comes is dropped.
  void cancel(int64_t id, std::string_view reason_json);
  void request_due(int64_t id);
  /// Sessions that have a request under way here.
  std::set<SessionNumber> busy_sessions() const;
  /// The only call under way, else 0.
  CallNumber only_call() const;
  /// The exchange of that session's only request here, else 0.
  Exchange only_exchange_of(SessionNumber session) const;

  size_t subscriptions() const { return subscribers_.size(); }
  void subscriber(SessionNumber session, const std::string& uri, bool on);
  bool others_subscribed(SessionNumber session, const std::string& uri) const;
  void forget_session(SessionNumber session);
  /// Sends the most talkative level that any session wants, if it has changed.
  void refresh_level();

 private:
  void enter(State state);
  void message(const Rpc& rpc, const MessagePtr& message);
  void answered(const Rpc& rpc, const MessagePtr& message);
  void notification(const Rpc& rpc);
  void progress(const Rpc& rpc);
  void log_message(const Rpc& rpc);
  void updated(const Rpc& rpc);
  void noise(std::string_view why);
  void unusable_answer(std::string_view head, const std::string& why);
  void handshake();
  void initialized(const Rpc& rpc, const MessagePtr& message);
  void fail_start(const std::string& why);
  void start_list(ListKind kind, bool told);
  void request_page(ListKind kind, std::string_view cursor_json);
  void listed(ListKind kind, const Rpc& rpc, const MessagePtr& message);
  void finish_list(ListKind kind, bool keep_old);
  void become_ready();
  void end_pending(Pending& pending, const std::string& why);
  void back_to_client(const Pending& pending, const Rpc& rpc);
  void renew(int64_t id, Pending& pending);
  void drop(int64_t id);

  /// One list while it is being fetched.
  struct Listing {
    bool running = false, again = false, told = false;
    int rounds = 0;  // fetches begun anew because of a change meanwhile
    std::vector<MessagePtr> pages;
    std::unordered_set<std::string> cursors;
    size_t bytes = 0;
  };

  Core& core_;
  ServerIndex index_;
  State state_ = State::Stopped;
  std::string why_;
  uint64_t noise_ = 0;
  bool ending_ = false;  // told to end: what it still says does not count
  int failures_ = 0;
  int64_t pid_ = 0;
  Nanos state_due_{}, ready_at_{};
  std::optional<Nanos> parked_retry_;
  int64_t last_id_ = 0;
  std::unordered_map<int64_t, Pending> pending_;
  MessagePtr hello_;  // its answer to initialize
  std::array<Listing, 4> listings_;
  std::map<std::string, std::set<SessionNumber>> subscribers_;
  int level_sent_ = -1;
};

}  // namespace callgate
