// One child of a configured server, as the protocol sees it. Each of its parts has its own file.
// Legacy peers speak revisions up to 2025-11-25, which begin with a
// handshake; modern peers speak 2026-07-28, which has none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "callgate/gate/status.h"
#include "child_life.h"
#include "child_lists.h"
#include "child_messages.h"
#include "child_peer.h"
#include "child_requests.h"
#include "child_subscriptions.h"
#include "child_users.h"
#include "elicitation_owners.h"
#include "idle_stop.h"

namespace callgate {

class Child {
 public:
  Child(GateState& gate, ChildProcesses& processes, ChildHost& host, ChildIndex number,
        ServerIndex configured);

  ChildIndex number() const { return number_; }
  ServerIndex configured() const { return configured_; }
  const ServerConfig& config() const { return gate_.registry[configured_]; }
  /// Where the process of the server may look for a relative path. nullptr until it has started.
  const ServerFolders* folders() const { return folders_ ? &*folders_ : nullptr; }
  void set_folders(ServerFolders folders) { folders_ = std::move(folders); }
  Era era() const { return peer.era(); }
  Value capability(std::string_view key) const { return peer.capability(key); }
  bool ready() const { return life.ready(); }
  /// The status without the fields `spare` and `sharing`.
  ServerStatus status() const;
  /// True if the server was removed from the configuration or was changed there.
  bool retired() const { return !gate_.registry.serves(configured_); }
  /// True if no session uses the child and it has no process, so another session can have it.
  bool idle() const { return users.empty() && life.has_no_process(); }
  /// True if a client waits for something here: a call, or a request about a task.
  bool busy() const { return users.has_calls() || requests.has_tasks(); }
  /// True if the session has a pending request, a call or a task here, or subscribes to a resource.
  bool tied_to(SessionNumber session) const;

  /// The session uses this child from now on; see ChildUsers::add().
  void join(SessionNumber session, ChildsClient client, const std::string& key, bool shared);
  void leave(SessionNumber session);
  /// Stops the child and removes all its sessions.
  void end();
  /// The child is ready. From now on, it ends if it is not used for the time of idle_stop.
  void begin_idle_watch();
  void idle_due();

  /// Sends one message. Returns false and sends nothing if the queue is full.
  bool send(std::string bytes);
  /// Sends a request that has the id `id`, and keeps it until it is answered. Returns false if the
  /// queue is full.
  bool send(int64_t id, ChildRequest request, std::string bytes);
  /// Sends a request that the gate itself makes. Returns its id, or 0 if the queue is full.
  int64_t request(ChildRequest request, std::string_view method, const std::string& params);
  /// Removes a request that has ended. Empty if there is none with this id.
  std::optional<ChildRequest> take(int64_t id);
  /// The client cancelled the request. Notifies the child, and drops an answer that still comes.
  void cancel(int64_t id, std::string_view reason_json);
  /// Tells the child that nobody waits for the answer to this request any more.
  void tell_cancelled(int64_t id, std::string_view reason_json);
  void request_due(int64_t id);

 private:
  void used();
  Nanos idle_time() const;
  std::optional<ChildRequests::Timeouts> timeouts_of(const ChildRequest& request) const;

  GateState& gate_;
  ChildProcesses& processes_;
  ChildHost& host_;
  ChildIndex number_;
  ServerIndex configured_;

 public:
  ChildUsers users;
  ChildRequests requests;
  ChildPeer peer;
  ChildLists lists;
  ChildSubscriptions subscriptions;
  ChildMessages messages;
  ElicitationOwners elicitations;
  ChildLife life;

 private:
  IdleStop idle_stop_;
  std::optional<ServerFolders> folders_;
};

/// Keeps a child in use for a call that is at the child or will be sent to it. The child must
/// outlive it.
class ChildUse {
 public:
  ChildUse() = default;
  ChildUse(Child& child, SessionNumber session) : child_(&child), session_(session) {
    child.users.begin_call(session);
  }
  ChildUse(ChildUse&& other) noexcept
      : child_(std::exchange(other.child_, nullptr)), session_(other.session_) {}
  ChildUse& operator=(ChildUse&& other) noexcept {
    std::swap(child_, other.child_);
    std::swap(session_, other.session_);
    return *this;
  }
  ~ChildUse() {
    if (child_) child_->users.end_call(session_);
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
