// The core: many sessions, many servers, and who answers what. No clock, no thread, no file, no
// socket: events come in through the functions below, effects go out through the ports.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/config/config.h"
#include "callgate/gate/ports.h"
#include "callgate/policy/policy.h"
#include "callgate/policy/profiles.h"
#include "callgate/protocol/text.h"
#include "callgate/record/client_state.h"
#include "callgate/wire/message.h"

namespace callgate {

struct GateOptions {
  std::vector<ServerConfig> servers;  ///< enabled ones
  Policy policy;
  Limits limits;
  RecordConfig::OnFailure on_failure = RecordConfig::OnFailure::Refuse;
  std::string version;  ///< ours, for serverInfo and clientInfo
  std::string secret;   ///< random, of this run: signs what a client must bring back unchanged
  Profiles profiles;    ///< by the names that ClientFacts::profile has
  GuardConfig guard;
  uint32_t run = 0;  ///< its number in the record, for ids of calls and findings; 0: none
  std::string cwd;   ///< ours: where paths of servers without one of their own begin
};

/// What of the configuration can change while the gate runs.
struct Reload {
  std::vector<ServerConfig> servers;  ///< enabled ones
  Policy policy;
  Profiles profiles;
  GuardConfig guard;
  RecordConfig::OnFailure on_failure = RecordConfig::OnFailure::Refuse;
  /// Names of servers that start anew whatever else changes: a secret of theirs is another.
  std::vector<std::string> renewed;
};
/// Names of servers. Those whose process stays are in none.
struct Reloaded {
  std::vector<std::string> added, restarted, removed;
};

/// What the process around a client shows; nothing here is claimed by the client.
struct ClientFacts {
  ObservedProcess process;
  std::string peer;     ///< the address of the connection; "": there is none
  std::string profile;  ///< "": none
  std::string token;    ///< the name of the token that it showed; "": none was wanted
};

/// A request that a link refused itself: it came to no session.
struct RefusedOutside {
  ClientFacts from;
  MessagePtr message;  ///< null: its body was not read
  std::string name;    ///< what is known of it then
  ErrorCode code{};    ///< of the answer
  std::string why;
};

struct ChildEnd {
  std::string
      reason;  ///< "exited with status 1", "was killed by signal 9", "could not be started: …"
  std::string stderr_tail;   ///< its last lines; may be empty
  bool never_ran = false;    ///< the command could not be started
  bool status_zero = false;  ///< it exited by itself and reported success
};

/// What is known of a server, for status lines and `callgate tools`.
struct ServerStatus {
  enum class State { Stopped, Starting, Listing, Ready, Waiting, Parked };
  std::string name;
  State state = State::Stopped;
  std::string why;         ///< the last end's reason
  std::string list_why;    ///< why lists are missing or old although it is up; empty if none are
  uint64_t noise = 0;      ///< lines on stdout that were no messages
  std::string noise_line;  ///< how the last of them begins
  /// Notifications that MCP does not have from a server, so that no client got them.
  uint64_t dropped = 0;
  size_t tools = 0, prompts = 0, resources = 0;
  bool retired = false;  ///< the configuration has changed: it ends when its calls have
  bool spare = false;    ///< a number beyond its server's first, or of a retired one
  size_t sessions = 0;   ///< that use this child
  std::string sharing;   ///< which sessions share a child of this server, and why
};
const char* name(ServerStatus::State state);
/// The state as people read it: a server that is ready but whose lists failed is not "ready".
const char* state_word(const ServerStatus& server);

/// An item of a server's list that clients would refuse as it came.
struct ItemReport {
  std::string server, list;  ///< "tools/list" …
  std::string name;          ///< the server's own, or the URI; may be empty
  std::string hidden;        ///< why no client gets it; empty: clients get it with the changes
  std::vector<std::string> changes;
};

struct ToolView {
  std::string exposed, server, name;
  std::string definition;  ///< as the client gets it
  bool hidden = false;
};

/// One thread. No function calls back into its caller's link or port from which it was called,
/// except to send.
class Gate {
 public:
  Gate(GateOptions options, Children& children, RecordPort& record, PathPort& paths,
       ListStore& lists, GuardPort& guard);
  ~Gate();

  SessionNumber open_session(Now now, ClientLink& link, ClientFacts facts);
  void client_line(Now now, SessionNumber session, std::string line);
  void client_line_too_long(Now now, SessionNumber session, std::string_view head);
  /// The same for a link with exchanges, which has walked the bytes already.
  void client_message(Now now, SessionNumber session, const MessagePtr& message, Exchange exchange);
  /// Records what of that asks a server for something; the link has answered it.
  void refused_outside(Now now, const RefusedOutside& request);
  /// The link could not read a message.
  void unreadable(Now now, const std::string& why);
  /// Nobody reads that exchange any more: its open requests are cancelled.
  void exchange_gone(Now now, SessionNumber session, Exchange exchange);
  /// The link is gone: calls of the session are cancelled. The number is dead afterwards.
  void client_gone(Now now, SessionNumber session, const std::string& reason);

  void child_up(Now now, ChildIndex child, int64_t pid);
  void child_line(Now now, ChildIndex child, std::string line);
  void child_line_too_long(Now now, ChildIndex child, std::string_view head);
  void child_gone(Now now, ChildIndex child, const ChildEnd& end);

  void recorded(Now now, CallNumber call);
  void record_failed(Now now, CallNumber call, const Error& error);
  /// A client's answer to a question is in the record, or could not be put there.
  void answer_recorded(Now now, QuestionNumber question, const Error* failure);
  void paths_resolved(Now now, CallNumber call, RealPaths paths);

  void client_recalled(Now now, const std::string& key, const AgentMemory& memory);
  /// A person has ended that finding of this run: it may be raised again.
  void finding_cleared(Now now, uint32_t number);
  /// And finds it right: its thresholds are doubled for the session.
  void finding_approved(Now now, uint32_t number);
  /// A person has ended a finding of rule R5, of any run: the dead end of that key is forgotten,
  /// but what was met of it after `at`.
  void dead_end_ended(Now now, uint64_t key, Micros at);

  /// Who is paused or revoked from now on, all of them: calls of the paused are denied, sessions of
  /// the revoked end. For Kind::Session the name is the session's number.
  void set_client_states(Now now, std::vector<ClientState> states);
  /// That token opens no session.
  bool token_revoked(std::string_view token) const;

  /// Does what is due and says when to be woken next (monotonic); empty: nothing waits for time.
  std::optional<Nanos> tick(Now now);

  /// Requests of that session without an answer yet.
  size_t open_requests(SessionNumber session) const;
  /// Notifications of that session that MCP does not have from a client, so that no server got
  /// them.
  uint64_t dropped(SessionNumber session) const;
  /// Messages of all clients that could not be read.
  uint64_t unreadable() const;
  /// Starts every server for that session; for commands that need all lists at once.
  void start_all(Now now, SessionNumber session);
  /// For a person who wants a child anew: stop, and start once child_gone has come (at once, if it
  /// had no process).
  void stop_child(Now now, ChildIndex child);
  void start_child(Now now, ChildIndex child);
  /// True when each of its servers has been started and none is starting or listing any more.
  bool settled(SessionNumber session) const;
  /// By ChildIndex.
  std::vector<ServerStatus> servers() const;
  /// The definition that modern clients with that profile ("": none) get of the tool with that
  /// exposed name; valid until the next event. Empty: they see none of that name.
  std::string_view tool_definition(const std::string& exposed, const std::string& profile) const;
  /// As a session with that profile sees them; "": with none.
  std::vector<ToolView> tools(const std::string& profile) const;
  /// What was wrong with items of the servers' lists, at most 100 a list.
  std::vector<ItemReport> item_faults() const;
  /// Calls under way go on at the children that have them; those of servers that are gone or
  /// changed end after their last call. Sessions are told of lists that are others now, and
  /// sessions of a profile that is gone may nothing.
  Reloaded reload(Now now, Reload today);
  /// Cancels every call and stops every child; child_gone calls follow.
  void shut_down(Now now);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace callgate
