// One child of a configured server: its life as seen from the protocol, the handshake, its lists,
// and the requests that are under way towards it by our ids.
#pragma once

#include <array>
#include <deque>
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
  /// Passed: of a call during which the child may not ask its client. Progress: answered already,
  /// but its token stays in use (a task).
  enum class Kind : uint8_t {
    Initialize,
    Discover,
    List,
    Call,
    Passed,
    Task,
    Listen,
    Progress,
    Quiet
  };
  Kind kind{};
  SessionNumber session = 0;
  ClientRequest client;
  CallNumber call = 0;
  ListKind list{};
  std::string token;  // the client's progress token, its bytes; empty: none
  std::string task;   // our id of it
  Nanos due{}, cap{};
};

/// What the child is told of whom it serves, from the first session that joined: it may be gone
/// when the child has started.
struct ChildsClient {
  Revision revision = kLatestLegacy;
  std::string capabilities = "{}", name;
};

class Server {
 public:
  using State = ServerStatus::State;
  Server(Core& core, ChildIndex child, ServerIndex configured);

  const ServerConfig& config() const;
  ChildIndex child() const { return child_; }
  ServerIndex configured() const { return configured_; }
  /// Sessions that use it, and what they have in common; one that is not shared has one session.
  void join(const Session& session, const std::string& key, bool shared);
  void leave(SessionNumber session);
  bool used_by(SessionNumber session) const { return sessions_.contains(session); }
  /// Nobody uses it and nothing runs: free for another session.
  bool idle() const { return sessions_.empty() && state_ == State::Stopped && !leaving_; }
  size_t calls() const;
  /// That session has something under way here, or waits to hear of a resource.
  bool tied_to(SessionNumber session) const;
  /// The configuration has it no more, or has changed it.
  bool retired() const { return !core_.roster.serves(configured_); }
  /// Something is under way here that its client waits for.
  bool busy() const;
  /// Whoever uses it does so no more.
  void end();
  /// Who wants to hear of which resource; it forgets them.
  std::map<std::string, std::set<Subscriber>> take_subscribers();
  bool shared() const { return shared_; }
  const std::string& key() const { return key_; }
  const std::set<SessionNumber>& sessions() const { return sessions_; }

  State state() const { return state_; }
  Era era() const { return era_; }
  bool ready() const { return state_ == State::Ready; }
  bool starting() const { return state_ == State::Starting || state_ == State::Listing; }
  /// Started, and neither starting nor listing any more: waiting for it makes no sense.
  bool settled() const { return !starting() && state_ != State::Stopped; }
  /// It is down, and is started again so soon that a caller waits rather than fails.
  bool starts_soon() const;
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
  /// That list failed and its back-off is over.
  void list_again(ListKind kind);
  /// A client lists: what failed is asked for again, but not more than once a second.
  void ask_for_failed_lists();
  /// Start, back-off or stable time is over.
  void due();
  /// The time of idle_stop may be over: ends the process if nobody has used it for so long.
  void idle_due();
  /// It is time to open again a stream of changes that the server has ended.
  void listen_due();

  int64_t next_id() { return ++last_id_; }
  /// False: the queue is full, nothing was sent.
  bool send(int64_t id, Pending pending, std::string bytes);
  bool send(std::string bytes);
  /// The client cancelled: tells the child; an answer that still comes is dropped.
  void cancel(int64_t id, std::string_view reason_json);
  void request_due(int64_t id);
  /// Sessions that have a request under way here.
  std::set<SessionNumber> busy_sessions() const;
  /// While a person is asked, the request's time stands still.
  void hold(int64_t id, bool on);
  /// The token of an answered request stays in use until drop_token().
  void keep_token(int64_t id, SessionNumber session, const ClientRequest& client,
                  const std::string& token);
  void drop_token(int64_t id) { pending_.erase(id); }
  /// The client's request that this one stands for has become another.
  void retarget(int64_t id, const ClientRequest& client, const std::string& token);
  /// The only call under way, else 0.
  CallNumber only_call() const;
  bool has_calls() const;
  /// Its client's capabilities, as it was told, have roots.
  bool told_of_roots() const;
  /// The exchange of that session's only request here, else 0.
  Exchange only_exchange_of(SessionNumber session) const;

  /// That session was given this elicitation: the word that it is complete goes there alone.
  void elicited(SessionNumber session, const std::string& elicitation);

  size_t subscriptions() const { return subscribers_.size(); }
  const std::map<std::string, std::set<Subscriber>>& subscribers() const { return subscribers_; }
  /// Notes it only; watch() tells the child too.
  void subscriber(Subscriber who, const std::string& uri, bool on);
  void watch(Subscriber who, const std::string& uri, bool on);
  bool subscribed(Subscriber who, const std::string& uri) const;
  bool others_subscribed(Subscriber who, const std::string& uri) const;
  void forget_subscriber(Subscriber who);
  /// Sends the most talkative level that any session wants, if it has changed.
  void refresh_level();

 private:
  void enter(State state);
  void refuse_start(const std::string& why);
  void message(const Rpc& rpc, const MessagePtr& message);
  void answered(const Rpc& rpc, const MessagePtr& message);
  void notification(const Rpc& rpc, const MessagePtr& message);
  void progress(const Rpc& rpc);
  void log_message(const Rpc& rpc);
  void updated(const Rpc& rpc);
  void elicitation_complete(const Rpc& rpc);
  void noise(std::string_view why, std::string_view line);
  void doubtful(const Rpc& rpc, const std::string& why);
  void drop_notification(const Rpc& rpc);
  void unusable_answer(std::string_view head, const std::string& why);
  void handshake();
  void initialized(const Rpc& rpc, const MessagePtr& message);
  void probe();
  void discovered(const Rpc& rpc, const MessagePtr& message);
  void not_modern(const std::string& why);
  void restart_as_legacy();
  void greeted(const MessagePtr& hello, Value info, std::string_view protocol);
  void request_lists();
  void listen();
  void listen_ended(bool for_good);
  void tell_subscription(const std::string& uri, bool on);
  std::string own_params(std::string_view members) const;
  void fail_start(const std::string& why);
  void start_list(ListKind kind);
  void ask_for_undeclared_tools();
  void undeclared_list_due(int64_t id);
  bool is_undeclared_list(const Pending& pending) const;
  void request_page(ListKind kind, std::string_view cursor_json);
  void listed(ListKind kind, const Rpc& rpc, const MessagePtr& message);
  void list_failed(ListKind kind, const std::string& why);
  void finish_list(ListKind kind);
  void have_list(ListKind kind, const std::vector<Value>& parts);
  void forget_list_failure(ListKind kind);
  std::string list_why() const;
  void keep_lists();
  void become_ready();
  void end_pending(Pending& pending, const std::string& why);
  std::string end_text(const ChildEnd& end) const;
  void forget_process();
  void after_end(const ChildEnd& end, bool served);
  void watch_idle();
  void used();
  void renew(int64_t id, Pending& pending);
  void drop(int64_t id);

  /// One list while it is being fetched.
  struct Listing {
    bool running = false, again = false, failed = false;
    bool undeclared = false;  // its capabilities do not have it, so it may leave out the answer
    bool late = false;        // it is not waited for any more
    int rounds = 0;           // fetches begun anew because of a change meanwhile
    std::vector<MessagePtr> pages;
    std::unordered_set<std::string> cursors;
    size_t bytes = 0;
  };

  Core& core_;
  ChildIndex child_;
  ServerIndex configured_;
  std::set<SessionNumber> sessions_;
  std::string key_;
  bool shared_ = false;
  ChildsClient client_;
  State state_ = State::Stopped;
  std::string why_;
  uint64_t noise_ = 0, dropped_ = 0;
  std::string noise_line_;
  bool leaving_ = false, again_ = false;  // told to stop and not gone yet; wanted after that
  bool ended_in_use_ = false;             // sessions were there when its last process ended
  bool ending_ = false;                   // told to end: what it still says does not count
  bool served_ = false;                   // this process has answered a client's request
  int failures_ = 0;
  int64_t pid_ = 0;
  Nanos state_due_{}, ready_at_{}, used_at_{}, idle_due_{};
  std::optional<Nanos> parked_retry_;
  int64_t last_id_ = 0;
  std::unordered_map<int64_t, Pending> pending_;
  MessagePtr hello_;  // its answer to initialize
  std::array<Listing, 4> listings_;
  /// What its last fetch failed for; what was known before stays.
  struct ListFailure {
    std::string why;  // empty: it did not fail
    int count = 0;    // in a row
    Nanos at{}, due{};
  };
  std::array<ListFailure, 4> list_failures_;
  std::map<std::string, std::set<Subscriber>> subscribers_;
  Era era_ = Era::Legacy;
  bool probed_ = false, restarting_ = false;
  int64_t listen_id_ = 0;
  std::string listening_to_;  // the filter of the listen that runs
  Nanos listen_since_{}, listen_wait_{};
  int level_sent_ = -1;
  std::unordered_map<std::string, SessionNumber> elicited_;
  std::deque<std::string> elicited_order_;
};

}  // namespace callgate
