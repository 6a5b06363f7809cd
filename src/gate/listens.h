// Streams of changes that modern clients ask for. Source: MCP 2026-07-28 "Subscriptions".
#pragma once

#include <array>
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

  void open(Session& session, const Rpc& rpc, const MessagePtr& message);
  /// Subscribes to that URI for the stream, whose call was allowed and recorded. False: the client
  /// has closed the stream.
  bool watched(ListenNumber number, Server& server, const std::string& uri);
  /// The call for that URI has ended.
  void decided(ListenNumber number, const std::string& uri, Outcome outcome);
  /// The client closed it, or went away; `tell`: we end it, and say so by its answer.
  void ended(ListenNumber number, bool tell);
  /// Those hear of it whose list looks different from what they were told last.
  void tell_of_lists(const std::vector<ListKind>& kinds);
  /// A rule of now denies that URI to the stream.
  void denied(ListenNumber number, const std::string& uri);
  /// Zero: the stream is closed.
  SessionNumber session_of(ListenNumber number) const;
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
    MessagePtr message;
    Value params;
    bool tools = false, prompts = false, resources = false;
    /// `uris` are all that it may hear of; of these, `unknown` have no server yet.
    std::vector<std::string> uris, unknown, tasks;
    std::array<size_t, 4> listed{};  // digests of the lists when it was opened or told
    size_t deciding = 0;             // calls for its URIs that are under way
    bool acknowledged = false;
  };
  static bool wants(const Listen& listen, ListKind kind);
  void acknowledge(Listen& listen);
  void notify(Listen& listen, std::string_view method, std::string members);
  void send(const Listen& listen, std::string_view method, std::string members);
  void watch(ListenNumber number, Listen& listen);

  Core& core_;
  std::map<ListenNumber, Listen> open_;
  ListenNumber last_ = 0;
};

}  // namespace callgate
