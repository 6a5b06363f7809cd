// The core: it routes the messages of many sessions to many servers, and their answers back. It has
// no clock, thread, file or socket. Events come in through the functions below, and effects go out
// through the ports.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/gate/options.h"
#include "callgate/gate/ports.h"
#include "callgate/gate/status.h"
#include "callgate/protocol/text.h"
#include "callgate/record/client_state.h"
#include "callgate/wire/message.h"

namespace callgate {

/// A request that a link refused itself, so that no session received it.
struct RefusedOutside {
  ClientFacts from;
  MessagePtr message;  ///< nullptr if the link did not read the body
  std::string name;    ///< what the record shows of the request if `message` is nullptr
  ErrorCode code{};    ///< the error code of the link's answer
  std::string why;     ///< why the link refused the request
};

/// An item of a server's list that clients would reject as the server sent it.
struct ItemReport {
  std::string server, list;  ///< `list` is the method: "tools/list" …
  std::string name;          ///< the server's own name of the item, or its URI; may be empty
  /// Why the gate hides the item from all clients. Empty if clients get the item with `changes`.
  std::string hidden;
  std::vector<std::string> changes;  ///< how the gate repaired the item
};

struct ToolView {
  std::string exposed, server, name;
  std::string definition;  ///< the tool's JSON as a modern client gets it
  bool hidden = false;
};

/// All functions must be called on one thread. Before a function returns, it may call any link or
/// port, including the link or port that called the function.
class Gate {
 public:
  Gate(GateOptions options, ChildProcesses& processes, RecordPort& record, PathPort& paths,
       ListStore& lists, GuardPort& guard);
  ~Gate();

  SessionNumber open_session(Now now, ClientLink& link, ClientFacts facts);
  void client_line(Now now, SessionNumber session, std::string line);
  void client_line_too_long(Now now, SessionNumber session, std::string_view head);
  /// Like client_line(), for links with exchanges. Such a link has already parsed the message.
  void client_message(Now now, SessionNumber session, const MessagePtr& message, Exchange exchange);
  /// Records a request that a link refused. A request whose message is known gets a row only if it
  /// asks a server for something. The gate sends no answer; the link must answer the client.
  void refused_outside(Now now, const RefusedOutside& request);
  /// The link could not parse a message.
  void unreadable(Now now, const std::string& why);
  /// The client no longer reads the exchange. Cancels the open requests of the exchange.
  void exchange_gone(Now now, SessionNumber session, Exchange exchange);
  /// The link is gone. Cancels all calls of the session, whose number is invalid afterwards.
  void client_gone(Now now, SessionNumber session, const std::string& reason);

  /// The child's process runs. `folders`: where the server may look for a relative path.
  void child_up(Now now, ChildIndex child, int64_t pid, std::optional<ServerFolders> folders = {});
  void child_line(Now now, ChildIndex child, std::string line);
  void child_line_too_long(Now now, ChildIndex child, std::string_view head);
  void child_gone(Now now, ChildIndex child, const ChildEnd& end);

  void recorded(Now now, CallNumber call);
  void record_failed(Now now, CallNumber call, const Error& error);
  /// A client's answer to a question is durable if `failure` is nullptr; otherwise it could not be
  /// recorded.
  void answer_recorded(Now now, QuestionNumber question, const Error* failure);
  void paths_resolved(Now now, CallNumber call, RealPaths paths);

  /// The answer to GuardPort::recall for the memory key `key`.
  void client_recalled(Now now, const std::string& key, const AgentMemory& memory);
  /// The link could not give the client the answer to the request `id` (JSON). Must not be called
  /// from within ClientLink::send.
  void answer_missed(Now now, SessionNumber session, const std::string& id);
  /// The client of a call of an earlier run has been told how the call has ended, or that this is
  /// unknown. So an equal call is not a retry of that call.
  void earlier_call_told(Now now, CallId call);
  /// A person has cleared the finding `number` of this run. The guard may report it again.
  void finding_cleared(Now now, uint32_t number);
  /// Like finding_cleared(), but the person also approves what the agent does. The guard doubles
  /// the finding's thresholds for the session.
  void finding_approved(Now now, uint32_t number);
  /// A person has cleared a finding of rule "dead-end", of this or another run. Forgets the dead
  /// end with this key, unless a call has failed there again after `at`.
  void dead_end_ended(Now now, uint64_t key, Micros at);

  /// Replaces the list of all clients that are paused or revoked. Calls of a paused client are
  /// denied; sessions of a revoked client end. For Kind::Session, `name` must be the session's
  /// number only, without the number of the run.
  void set_client_states(Now now, std::vector<ClientState> states);
  /// True if the token is revoked, so that a client with this token must not open a session.
  bool token_revoked(std::string_view token) const;

  /// Handles all deadlines that have passed. Returns the monotonic time at which the caller must
  /// call tick() next, or nothing if the gate has no deadline.
  std::optional<Nanos> tick(Now now);

  /// The name that the session's client has claimed; empty if it has claimed none yet.
  std::string client_name(SessionNumber session) const;
  /// The number of the session's requests that have no answer yet.
  size_t open_requests(SessionNumber session) const;
  /// The client has got its lists from an earlier gate process, so it is notified of the next
  /// changes.
  void assume_listed(SessionNumber session);
  /// The number of messages, of all clients, that could not be parsed.
  uint64_t unreadable() const;
  /// Starts every server for the session, for commands that need all lists at once.
  void start_all(Now now, SessionNumber session);
  /// Ends the child's process and starts the next one when it is gone. If the child has no process,
  /// starts one immediately.
  void restart_child(Now now, ChildIndex child);
  /// True if each of the session's servers has been started, and none of them is still starting or
  /// sending its lists.
  bool settled(SessionNumber session) const;
  /// Returns the status of every open session, except those that exist only for
  /// refused_outside().
  std::vector<SessionStatus> sessions() const;
  /// Returns the status of every child. The position in the vector is the ChildIndex.
  std::vector<ServerStatus> servers() const;
  /// The definition of a tool as modern clients with this profile ("": no profile) get it. Empty if
  /// they see no tool with this exposed name, or if the profile chooses accounts and no session of
  /// it has begun. Valid until the next event.
  std::string_view tool_definition(const std::string& exposed, const std::string& profile) const;
  /// All tools, hidden ones included, for a session with this profile ("": no profile). Empty if
  /// the profile chooses accounts that no session uses.
  std::vector<ToolView> tools(const std::string& profile) const;
  /// The faults of items in the servers' lists, at most 100 per list.
  std::vector<ItemReport> item_faults() const;
  /// Applies a new configuration. Running calls continue at their children; a child whose server
  /// was removed or changed ends after its last call. Clients are notified if their lists change.
  /// Sessions whose profile was removed may no longer do anything.
  Reloaded reload(Now now, Reload today);
  /// Cancels every call and stops every child. The port then calls child_gone() for each child.
  void shut_down(Now now);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace callgate
