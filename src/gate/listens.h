// Streams of changes that modern clients ask for. Source: MCP 2026-07-28 "Subscriptions".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "callgate/wire/rpc.h"
#include "core.h"
#include "session.h"

namespace callgate {

using ListenNumber = uint32_t;

class Listens {
 public:
  explicit Listens(Core& core) : core_(core) {}

  void open(Session& session, const Rpc& rpc);
  /// The client closed it, or went away; `tell`: we end it, and say so by its answer.
  void ended(ListenNumber number, bool tell);
  /// Tells those of that session; 0: all.
  void lists_changed(ListKind kind, SessionNumber session = 0);
  /// Its server is another now, or none.
  void lost(ListenNumber number, const std::string& uri);
  /// A server's notifications/resources/updated.
  void updated(ListenNumber number, const Rpc& rpc);
  /// A task of that session has changed; `params` is the text of the task with our id.
  void task_changed(SessionNumber session, const std::string& task, const std::string& params);
  /// Servers have changed: resources whose server was not known yet may be known now.
  void retry();
  void shut_down();

 private:
  struct Listen {
    SessionNumber session = 0;
    ClientRequest client;
    bool tools = false, prompts = false, resources = false;
    std::vector<std::string> unknown, tasks;
  };
  void acknowledge(const Listen& listen, const std::vector<std::string>& uris);
  void notify(const Listen& listen, std::string_view method, std::string members);
  void watch(ListenNumber number, Listen& listen);

  Core& core_;
  std::map<ListenNumber, Listen> open_;
  ListenNumber last_ = 0;
};

}  // namespace callgate
