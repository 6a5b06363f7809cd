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
#include "deadlines.h"

namespace callgate {

class Calls;
class Listens;
class Questions;
class Server;
class Session;
class Tasks;

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
  std::unique_ptr<Listens> listens;
  std::unique_ptr<Tasks> tasks;
  SessionNumber last_session = 0;
  bool shutting_down = false;
  Hmac sign;

  /// Of this run, as hex: what a client brings back unchanged is ours.
  std::string signature(std::string_view text) const { return hex(sign(text)); }

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
