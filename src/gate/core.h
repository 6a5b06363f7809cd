// The state that the parts of the gate share. Each part has its own file, and the parts reach each
// other only through Core.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/digest.h"
#include "callgate/gate/gate.h"
#include "callgate/wire/message.h"
#include "catalog.h"
#include "clients.h"
#include "deadlines.h"
#include "server_cache.h"
#include "server_registry.h"

namespace callgate {

class Answers;
class CallEndings;
class CallFlow;
class CallForwarding;
class Calls;
class GuardAdapter;
class HeldQuestions;
class ListNews;
class ChangeStreams;
class Questions;
class Refusals;
class Rounds;
class Child;
class Session;
class SubscriptionCalls;
class Tasks;

/// How a session uses a server. Sessions whose keys are equal share a child.
struct Sharing {
  bool shared = false;  // false: the session has its own child
  std::string key;
};

/// A subscriber to a resource: a SessionNumber, or kStreamBit and the StreamNumber of a modern
/// client's stream of changes. Both numbers have 32 bits, so bit 32 shows which kind of subscriber
/// it is.
using Subscriber = uint64_t;
inline constexpr Subscriber kStreamBit = Subscriber{1} << 32;

struct Core {
  Core(GateOptions options, ChildProcesses& processes, RecordPort& record, PathPort& paths,
       ListStore& lists, GuardPort& guard);
  ~Core();

  GateOptions options;
  ChildProcesses& child_processes;
  RecordPort& record;
  PathPort& paths;
  GuardPort& guard_port;
  Walker walker;
  Now now;
  Deadlines deadlines;
  ServerRegistry registry;
  Catalog catalog;
  ServerCache server_cache;
  Clients clients;
  std::vector<std::unique_ptr<Child>> children;  // by ChildIndex
  std::map<SessionNumber, std::unique_ptr<Session>> sessions;
  std::unique_ptr<Calls> calls;
  std::unique_ptr<CallFlow> flow;
  std::unique_ptr<CallForwarding> forwarding;
  std::unique_ptr<CallEndings> endings;
  std::unique_ptr<Rounds> rounds;
  std::unique_ptr<Refusals> refusals;
  std::unique_ptr<SubscriptionCalls> subscription_calls;
  std::unique_ptr<Questions> questions;
  std::unique_ptr<Answers> answers;
  std::unique_ptr<HeldQuestions> held_questions;
  std::unique_ptr<ChangeStreams> change_streams;
  std::unique_ptr<ListNews> list_news;
  std::unique_ptr<Tasks> tasks;
  std::unique_ptr<GuardAdapter> guard;
  SessionNumber last_session = 0;
  /// Links refuse some requests that no session receives. The rows of these requests belong to the
  /// sessions in this table, one for each Session::principal(), so at most one for each token.
  std::map<std::string, SessionNumber> outside;
  uint64_t unreadable = 0;  // messages of clients that are not JSON-RPC messages, or are too long
  bool shutting_down = false;
  uint64_t rules = 0;   // how often the policy has been replaced
  size_t retiring = 0;  // an upper bound for the running children of retired servers
  Hmac sign;

  /// Returns the signature of `text` as hex, with a key that differs in each run. A client that
  /// sends a text with the right signature got the text from this gate in this run.
  std::string signature(std::string_view text) const { return hex(sign(text)); }

  Session* session(SessionNumber number) const;
  /// True if sessions with this profile ("": no profile) see the tool.
  bool shows(const CatalogEntry& tool, const std::string& profile) const;
  Sharing sharing(const Session& session, ServerIndex server) const;
  /// Returns the capabilities that all these sessions declare, as a JSON object. Returns "{}" if
  /// there is no session.
  std::string common_capabilities(const std::set<SessionNumber>& of);
  /// A text for people: which sessions share a child of the server, and why.
  std::string sharing_text(ServerIndex server) const;
  /// Returns the child that `session` uses for `server`: a shared child if possible, otherwise a
  /// child of its own, which is made if needed. A session moves to its own child when the server
  /// has asked a question. Returns nullptr if the limit of children is reached. Starts no process.
  Child* child_for(Session& session, ServerIndex server);
  /// Like child_for(), for a call. If the server is a legacy server that asks questions, each call
  /// of a modern client gets a child of its own.
  Child* child_for_call(Session& session, ServerIndex server);
  /// Removes the session from all children that it uses.
  void leave_children(SessionNumber session);
  /// Counts a message of the client that could not be parsed, and logs the first such messages.
  void count_unreadable(std::string_view client, const std::string& why);
  /// To be called when a server became ready, failed or changed its lists. Checks again all list
  /// requests, streams and calls that wait for a server.
  void server_settled();
  /// Applies a new configuration; see Gate::reload.
  Reloaded reload(Reload today);
  /// Ends the children of retired servers that are not busy; see Child::busy().
  void end_retired();
  /// True if the server asks its clients questions and is not configured to be shared nevertheless,
  /// so that each session needs its own child.
  bool asks_alone(ServerIndex server) const;

 private:
  Child* new_child(Session& session, ServerIndex server, const std::string& key, bool shared);
  /// Returns a child of this server without a process: an idle child, or a new child that takes the
  /// number of a retired server's child. Returns nullptr if there is neither.
  Child* free_child(ServerIndex server);
  Child& add_child(ServerIndex server);
  void adopt(ServerIndex server);
  void retire(ServerIndex server);
  bool no_child_of(ServerIndex server) const;
};

}  // namespace callgate
