// What the parts of the gate share. Each part is in a file of its own; they meet only here.
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
#include "remembered.h"
#include "roster.h"

namespace callgate {

class Answers;
class Calls;
class Guarding;
class HeldQuestions;
class ListNews;
class Listens;
class Questions;
class Server;
class Session;
class Tasks;

/// How one session uses a server: sessions with equal keys share a child.
struct Sharing {
  bool shared = false;  // false: the session has a child of its own
  std::string key;
};

/// Who wants to hear of a resource: a session, or a listen of a modern client.
using Subscriber = uint64_t;
inline constexpr Subscriber kListenBit = Subscriber{1} << 32;

struct Core {
  Core(GateOptions options, Children& children, RecordPort& record, PathPort& paths,
       ListStore& lists, GuardPort& guard);
  ~Core();

  GateOptions options;
  Children& children;
  RecordPort& record;
  PathPort& paths;
  GuardPort& guard_port;
  Walker walker;
  Now now;
  Deadlines deadlines;
  Roster roster;
  Catalog catalog;
  Remembered remembered;
  Clients clients;
  std::vector<std::unique_ptr<Server>> servers;  // by ChildIndex
  std::map<SessionNumber, std::unique_ptr<Session>> sessions;
  std::unique_ptr<Calls> calls;
  std::unique_ptr<Questions> questions;
  std::unique_ptr<Answers> answers;
  std::unique_ptr<HeldQuestions> held_questions;
  std::unique_ptr<Listens> listens;
  std::unique_ptr<ListNews> list_news;
  std::unique_ptr<Tasks> tasks;
  std::unique_ptr<Guarding> guarding;
  SessionNumber last_session = 0;
  /// Sessions of requests that their links refused, by principal(): as many as there are tokens.
  std::map<std::string, SessionNumber> outside;
  uint64_t unreadable = 0;  // messages of clients that are no JSON-RPC messages, or too long
  bool shutting_down = false;
  uint64_t rules = 0;   // how often the policy has been replaced
  size_t retiring = 0;  // children of retired servers that still run, at most
  Hmac sign;

  /// Of this run, as hex: what a client brings back unchanged is ours.
  std::string signature(std::string_view text) const { return hex(sign(text)); }

  Session* session(SessionNumber number);
  /// Sessions with that profile ("": none) see that tool.
  bool shows(const CatalogEntry& tool, const std::string& profile) const;
  Sharing sharing(const Session& session, ServerIndex server) const;
  /// What all of these sessions can do, as a JSON object; "{}" if there are none.
  std::string common_capabilities(const std::set<SessionNumber>& of);
  /// For people: which sessions share a child of that server, and why.
  std::string sharing_text(ServerIndex server) const;
  /// Returns the child that `session` uses for `server`: one that it can share, else one of its
  /// own, made if needed. A session moves to a child of its own when the server has turned out to
  /// ask questions. Returns nullptr when the limit of children is reached.
  Server* child_for(Session& session, ServerIndex server);
  /// The same for a call.
  Server* child_for_call(Session& session, ServerIndex server);
  /// The session needs no child any more.
  void leave_children(SessionNumber session);
  /// Counts a message of that client that could not be read; the first ones are logged.
  void count_unreadable(std::string_view client, const std::string& why);
  /// A server became ready, failed or changed its lists: whoever waits for that looks again.
  void server_settled();
  /// Makes the configuration of today what counts.
  Reloaded reload(Reload today);
  /// Ends the children of retired servers that have nothing to do any more.
  void end_retired();
  /// It asks its clients questions, and its configuration does not say that it is shared anyway.
  bool asks_alone(ServerIndex server) const;

 private:
  Server* new_child(Session& session, ServerIndex server, const std::string& key, bool shared);
  /// One without a process, of that server or of one that is retired; null: there is none.
  Server* free_child(ServerIndex server);
  Server& add_child(ServerIndex server);
  void adopt(ServerIndex server);
  void retire(ServerIndex server);
  bool no_child_of(ServerIndex server) const;
};

}  // namespace callgate
