// What the parts of the gate share. Each part is in a file of its own; they meet only here.
#pragma once

#include <map>
#include <memory>
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

namespace callgate {

class Calls;
class Listens;
class Questions;
class Server;
class Session;
class Tasks;

struct Core {
  Core(GateOptions options, Children& children, RecordPort& record, PathPort& paths,
       ListStore& lists);
  ~Core();

  GateOptions options;
  Children& children;
  RecordPort& record;
  PathPort& paths;
  Walker walker;
  Now now;
  Deadlines deadlines;
  Catalog catalog;
  Remembered remembered;
  Clients clients;
  std::vector<std::unique_ptr<Server>> servers;  // by ChildIndex; the first of each comes first
  std::map<SessionNumber, std::unique_ptr<Session>> sessions;
  std::unique_ptr<Calls> calls;
  std::unique_ptr<Questions> questions;
  std::unique_ptr<Listens> listens;
  std::unique_ptr<Tasks> tasks;
  SessionNumber last_session = 0;
  bool shutting_down = false;
  Hmac sign;

  /// Of this run, as hex: what a client brings back unchanged is ours.
  std::string signature(std::string_view text) const { return hex(sign(text)); }

  Session* session(SessionNumber number);
  /// The child of that server for that session: one that it can share, else one of its own, made if
  /// there is none; a session moves where the server has turned out to ask. Null: too many run.
  Server* child_for(Session& session, ServerIndex server);
  /// The same for a call.
  Server* child_for_call(Session& session, ServerIndex server);
  /// The session needs no child any more.
  void leave_children(SessionNumber session);
  /// A server became ready, failed or changed its lists: whoever waits for that looks again.
  void server_settled();
  /// It asks, and its configuration does not say that it is shared all the same.
  bool asks_alone(ServerIndex server) const;
  /// One notification to every session that is concerned. `told`: the server said so itself.
  void lists_changed(ListKind kind, bool told);

 private:
  Server* new_child(Session& session, ServerIndex server, const std::string& key, bool shared);
};

}  // namespace callgate
