// One child of a configured server, as the protocol sees it: its states, the handshake, its lists,
// and the gate's pending requests to the child by the gate's ids. Legacy peers speak revisions up
// to 2025-11-25, which begin with a handshake; modern peers speak 2026-07-28, which has none.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "callgate/wire/edits.h"
#include "callgate/wire/rpc.h"
#include "client_request.h"
#include "core.h"

namespace callgate {

/// A client's request about a task, which a child must answer.
struct TaskRequest {
  SessionNumber session = 0;
  ClientRequest client;
  std::string task;  // our id of the task
};

/// A request to the child that it has not answered.
struct ChildRequest {
  /// Passed: a call that uses no tool, prompt or resource, so the child may not ask the client
  /// during it. Progress: the request has been answered, but a task still uses its progress token.
  /// Quiet: the answer does not matter.
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
  CallNumber call = 0;                      // for Call, Passed and Progress
  ListKind list{};                          // for List
  std::shared_ptr<const TaskRequest> task;  // for Task
  // When the request times out, and the latest time to which progress can extend `due`.
  Nanos due{}, cap{};

  bool is_call() const { return kind == Kind::Call || kind == Kind::Passed; }
  bool is_for_client() const { return is_call() || kind == Kind::Task || kind == Kind::Progress; }
};

/// The client for which the child's handshake is made. It is a copy of the first session that
/// joined, because that session may end before the child has started.
struct ChildsClient {
  Revision revision = kLatestLegacy;
  std::string capabilities = "{}", name;
};

class Child {
 public:
  using State = ServerStatus::State;
  Child(Core& core, ChildIndex child, ServerIndex configured);

  const ServerConfig& config() const;
  ChildIndex child() const { return child_; }
  ServerIndex configured() const { return configured_; }
  /// The session uses this child from now on. Sessions that share the child have the same `key`. A
  /// child that is not shared has one session.
  void join(const Session& session, const std::string& key, bool shared);
  void leave(SessionNumber session);
  /// See ChildUse.
  void use(SessionNumber session);
  void release(SessionNumber session);
  /// True if a call is at this child or will be sent to it.
  bool in_use() const { return uses_ > 0; }
  bool in_use_by(SessionNumber session) const;
  bool used_by(SessionNumber session) const { return sessions_.contains(session); }
  /// True if no session uses the child and it has no process, so another session can have it.
  bool idle() const { return sessions_.empty() && state_ == State::Stopped && !leaving_; }
  size_t calls() const;
  /// True if the session has a pending request, a call or a task here, or subscribes to a resource.
  bool tied_to(SessionNumber session) const;
  /// True if the server was removed from the configuration or was changed there.
  bool retired() const { return !core_.registry.serves(configured_); }
  /// True if a client waits for something here: a call, or a request about a task.
  bool busy() const;
  /// Stops the child and removes all its sessions.
  void end();
  /// Returns the subscribers of each resource, and forgets them.
  std::map<std::string, std::set<Subscriber>> take_subscribers();
  bool shared() const { return shared_; }
  const std::string& key() const { return key_; }
  const std::set<SessionNumber>& sessions() const { return sessions_; }

  State state() const { return state_; }
  Era era() const { return era_; }
  bool ready() const { return state_ == State::Ready; }
  bool starting() const { return state_ == State::Starting || state_ == State::Listing; }
  /// True if the child has been started and is neither starting nor listing, so that there is
  /// nothing to wait for.
  bool settled() const { return !starting() && state_ != State::Stopped; }
  /// True if the child is down and will be started again so soon that a call should wait for it.
  bool starts_soon() const;
  ServerStatus status() const;
  /// Why the child can't be called now, for an error text.
  std::string down_text() const;
  /// A member of the server's capabilities. Absent if the child is not up or does not declare it.
  Value capability(std::string_view key) const;

  /// Starts the child if it is stopped. A suspended child (State::Suspended) is tried again, at
  /// most twice a minute.
  void ensure_started();
  void stop();
  void up(int64_t pid);
  void line(std::string bytes);
  void line_too_long(std::string_view head);
  void gone(const ChildEnd& end);
  /// The wait after a failed fetch of the list is over. Fetches the list again.
  void list_again(ListKind kind);
  /// A client asks for a list. Fetches the lists that failed again, each at most once a second.
  void ask_for_failed_lists();
  /// The time-out of the start, the back-off, or the time until a child counts as stable is over.
  void due();
  /// Ends the process if it has not been used for the time of idle_stop.
  void idle_due();
  /// Opens a stream of changes again that the server has ended.
  void listen_due();

  int64_t next_id() { return ++last_id_; }
  /// Returns false and sends nothing if the queue is full.
  bool send(int64_t id, ChildRequest pending, std::string bytes);
  bool send(std::string bytes);
  /// The client cancelled the request. Notifies the child, and drops an answer that still comes.
  void cancel(int64_t id, std::string_view reason_json);
  void request_due(int64_t id);
  /// Sessions that have a pending request here.
  std::set<SessionNumber> busy_sessions() const;
  /// Stops the time-out of a request while a person is asked (`on`), and starts it again
  /// afterwards.
  void hold(int64_t id, bool on);
  /// Keeps the progress token of an answered request in use until drop_token().
  void keep_token(int64_t id, CallNumber call);
  void drop_token(int64_t id) { child_requests_.erase(id); }
  /// The only call at this child, or 0 if there is none or more than one.
  CallNumber only_call() const;
  bool has_calls() const;
  /// True if the gate declared in the last handshake that the client has roots.
  bool declared_roots() const;
  /// The exchange of the session's only request here, or 0 if it has none or more than one.
  Exchange only_exchange_of(SessionNumber session) const;

  /// The session got this elicitation, so only this session is notified when it is complete.
  void elicited(SessionNumber session, const std::string& elicitation);

  size_t subscriptions() const { return subscribers_.size(); }
  const std::map<std::string, std::set<Subscriber>>& subscribers() const { return subscribers_; }
  /// Adds or removes a subscriber without a message to the child.
  void subscriber(Subscriber who, const std::string& uri, bool on);
  /// Adds or removes a subscriber, and subscribes or unsubscribes at the child if needed.
  void watch(Subscriber who, const std::string& uri, bool on);
  bool subscribed(Subscriber who, const std::string& uri) const;
  bool others_subscribed(Subscriber who, const std::string& uri) const;
  void forget_subscriber(Subscriber who);
  /// Sets the child's log level to the lowest level that any session or call wants, if this level
  /// has changed.
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
  void send_subscription(const std::string& uri, bool on);
  std::string own_params(std::string_view members) const;
  void fail_start(const std::string& why);
  void start_list(ListKind kind);
  void ask_for_undeclared_tools();
  void undeclared_list_due(int64_t id);
  bool is_undeclared_list(const ChildRequest& pending) const;
  void request_page(ListKind kind, std::string_view cursor_json);
  void listed(ListKind kind, const Rpc& rpc, const MessagePtr& message);
  void list_failed(ListKind kind, const std::string& why);
  void finish_list(ListKind kind);
  void have_list(ListKind kind, const std::vector<Value>& parts);
  void forget_list_failure(ListKind kind);
  std::string list_why() const;
  void keep_lists();
  void become_ready();
  /// The session and exchange of the client that waits for this request; 0 if there is none.
  struct Requester {
    SessionNumber session = 0;
    Exchange exchange = 0;
  };
  Requester requester_of(const ChildRequest& request) const;
  bool close_task_request(const ChildRequest& request, int64_t id);
  void end_pending(const ChildRequest& pending, const std::string& why);
  std::string end_text(const ChildEnd& end) const;
  void forget_process();
  void after_end(const ChildEnd& end, bool served);
  void watch_idle();
  void used();
  void renew(int64_t id, ChildRequest& pending);
  void drop(int64_t id);

  /// One list while it is being fetched.
  struct Listing {
    bool running = false, again = false, failed = false;
    bool undeclared = false;  // the server does not declare the list, and might never answer
    bool late = false;        // the child's start no longer waits for this list
    int rounds = 0;           // how often it was fetched again, because it changed during the fetch
    std::vector<MessagePtr> pages;
    std::unordered_set<std::string> cursors;
    size_t bytes = 0;
  };

  Core& core_;
  ChildIndex child_;
  ServerIndex configured_;
  std::set<SessionNumber> sessions_;
  size_t uses_ = 0;
  std::unordered_map<SessionNumber, size_t> uses_by_;  // numbers of calls
  std::string key_;
  bool shared_ = false;
  ChildsClient client_;
  std::string declared_;  ///< the client capabilities in the last handshake, as JSON
  State state_ = State::Stopped;
  std::string why_;
  uint64_t noise_ = 0, dropped_ = 0;
  std::string noise_line_;
  // leaving_: stop() was called, but the process is not gone yet. again_: another process must
  // start when the current process is gone.
  bool leaving_ = false, again_ = false;
  bool ended_in_use_ = false;  // the last process ended while it had sessions
  bool ending_ = false;        // the process must end; its messages are ignored
  bool served_ = false;        // this process has answered a client's request
  int failures_ = 0;
  int64_t pid_ = 0;
  Nanos state_due_{}, ready_at_{}, used_at_{}, idle_due_{};
  std::optional<Nanos> suspended_retry_;
  int64_t last_id_ = 0;
  std::unordered_map<int64_t, ChildRequest> child_requests_;
  MessagePtr hello_;  // the child's answer to initialize or server/discover
  std::array<Listing, 4> listings_;
  /// Why the last fetch of a list failed. The list that was known before stays in use.
  struct ListFailure {
    std::string why;  // empty if the last fetch did not fail
    int count = 0;    // failures in a row
    Nanos at{}, due{};
  };
  std::array<ListFailure, 4> list_failures_;
  std::map<std::string, std::set<Subscriber>> subscribers_;
  Era era_ = Era::Legacy;
  bool probed_ = false, restarting_ = false;
  int64_t listen_id_ = 0;
  std::string listening_to_;  // the filter of our open stream of changes
  Nanos listen_since_{}, listen_wait_{};
  int level_sent_ = -1;
  std::unordered_map<std::string, SessionNumber> elicited_;
  std::deque<std::string> elicited_order_;
};

/// Keeps a child in use for a call that is at the child or will be sent to it. The child must
/// outlive it.
class ChildUse {
 public:
  ChildUse() = default;
  ChildUse(Child& child, SessionNumber session) : child_(&child), session_(session) {
    child.use(session);
  }
  ChildUse(ChildUse&& other) noexcept
      : child_(std::exchange(other.child_, nullptr)), session_(other.session_) {}
  ChildUse& operator=(ChildUse&& other) noexcept {
    std::swap(child_, other.child_);
    std::swap(session_, other.session_);
    return *this;
  }
  ~ChildUse() {
    if (child_) child_->release(session_);
  }

  explicit operator bool() const { return child_ != nullptr; }
  Child* operator->() const { return child_; }
  Child& operator*() const { return *child_; }
  bool is(const Child& child) const { return child_ == &child; }

 private:
  Child* child_ = nullptr;
  SessionNumber session_ = 0;
};

}  // namespace callgate
