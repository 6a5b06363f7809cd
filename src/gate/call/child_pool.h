// The children of all servers, and which child of a server a session uses.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gate/child/child.h"
#include "gate/state/state.h"

namespace callgate {

class ChildHost;
class Session;

/// How a session uses a server. Sessions whose keys are equal share a child.
struct Sharing {
  bool shared = false;  // false: the session has its own child
  std::string key;
};

class ChildPool {
 public:
  ChildPool(GateState& gate, ChildProcesses& processes, ChildHost& host);

  Child& operator[](ChildIndex number) const { return *children_.at(number); }
  size_t size() const { return children_.size(); }
  auto begin() const { return children_.begin(); }
  auto end() const { return children_.end(); }

  /// Returns the child that `session` uses for `server`: a shared child if possible, otherwise a
  /// child of its own, which is made if needed. A session moves to its own child when the server
  /// has asked a question. Returns nullptr if the limit of children is reached. Starts no process.
  Child* child_for(const Session& session, ServerIndex server);
  /// Like child_for(), and starts the child if needed.
  Child* child_of(const Session& session, ServerIndex server);
  /// Like child_of(), for a call. If the server is a legacy server that asks questions, each call
  /// of a modern client gets a child of its own.
  Child* child_for_call(const Session& session, ServerIndex server);
  /// True if the session uses as many children of the server as it may.
  bool is_full_for(const Session& session, ServerIndex server) const;
  /// Returns the child of the server that owns the URI. If the owner is unknown, returns the child
  /// of the only server with resources. Returns nullptr if there is no such child.
  Child* server_of_uri(const Session& session, const std::string& uri);

  /// Starts a child of each server that the session sees, because the client is about to use them.
  void start_children(Session& session);
  /// The configured servers have changed. The session leaves children of servers that it must not
  /// see any more, and starts children of new servers if start_children() was called before.
  void update_children(Session& session);
  /// Removes the session from all children that it uses.
  void leave_all(SessionNumber session);
  /// True if each of the session's children has been started, and none of them is still starting or
  /// sending its lists, so there is nothing to wait for.
  bool settled(const Session& session);
  /// See SessionHost.
  bool lists_known(const Session& session);
  bool some_list_known(const Session& session);

  /// A text for people: which sessions share a child of the server, and why.
  std::string sharing_text(ServerIndex server) const;
  /// True if no process, session or call needs the number of this server any more.
  bool is_free(ServerIndex server) const;
  /// True if no session or call uses the server, and no process of it runs.
  bool is_unused(ServerIndex server) const;
  /// The number belongs to another server from now on. Returns the children that have been
  /// replaced.
  std::vector<ChildIndex> adopt(ServerIndex server);
  /// Ends the children of retired servers that are not busy; see Child::busy().
  void end_retired();
  /// An upper bound for the running children of retired servers.
  size_t retiring() const { return retiring_; }

 private:
  Sharing sharing(const Session& session, ServerIndex server) const;
  Child* free_for_call(const Session& session, ServerIndex server);
  Child* join(const Session& session, ServerIndex server, const Sharing& sharing);
  /// Returns a child of this server without a process: an idle child, or a new child that takes the
  /// number of a retired server's child. Returns nullptr if there is neither.
  Child* free_child(ServerIndex server);
  Child& add_child(ServerIndex server);
  std::unique_ptr<Child> new_child(ChildIndex number, ServerIndex server);

  GateState& gate_;
  ChildProcesses& processes_;
  ChildHost& host_;
  std::vector<std::unique_ptr<Child>> children_;  // by ChildIndex
  size_t retiring_ = 0;
};

}  // namespace callgate
