// What the parts of the gate share. Each part is in a file of its own; they meet only here.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/gate/gate.h"
#include "callgate/wire/message.h"
#include "catalog.h"
#include "deadlines.h"

namespace callgate {

class Calls;
class Questions;
class Server;
class Session;

struct Core {
  Core(GateOptions options, Children& children, RecordPort& record, PathPort& paths);
  ~Core();

  GateOptions options;
  Children& children;
  RecordPort& record;
  PathPort& paths;
  Walker walker;
  Now now;
  Deadlines deadlines;
  Catalog catalog;
  std::vector<std::unique_ptr<Server>> servers;
  std::map<SessionNumber, std::unique_ptr<Session>> sessions;
  std::unique_ptr<Calls> calls;
  std::unique_ptr<Questions> questions;
  SessionNumber last_session = 0;
  bool shutting_down = false;

  Session* session(SessionNumber number);
  /// Starts what is not up, for a session that is about to use it.
  void ensure_started();
  /// A server became ready, failed or changed its lists: whoever waits for that looks again.
  void server_settled();
  bool settled() const;
  /// One notification to every session that is concerned. `told`: the server said so itself.
  void lists_changed(ListKind kind, bool told);
};

}  // namespace callgate
