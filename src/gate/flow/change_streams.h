// Streams of changes (subscriptions/listen) that modern clients open. Source: MCP 2026-07-28
// "Subscriptions".
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "callgate/wire/rpc.h"
#include "gate/call/core.h"
#include "gate/session/session.h"

namespace callgate {

using StreamNumber = uint32_t;

class ChangeStreams {
 public:
  explicit ChangeStreams(Core& core) : core_(core) {}

  void open(Session& session, const Rpc& rpc, const MessagePtr& message);
  /// Subscribes to the URI for the stream, after the call for it was allowed and recorded. Returns
  /// false if the client has closed the stream.
  bool watched(StreamNumber number, Child& child, const std::string& uri);
  /// The call that subscribes to the URI has ended.
  void decided(StreamNumber number, const std::string& uri, Outcome outcome);
  /// The stream ends. If `tell` is true, the gate ends the stream and answers the client's request.
  /// Otherwise the client has closed the stream or is gone.
  void ended(StreamNumber number, bool tell);
  /// Notifies each stream for which one of these lists has changed since the stream's last
  /// notification.
  void notify_of_lists(const std::vector<ListKind>& kinds);
  /// A new rule denies the URI to the stream.
  void denied(StreamNumber number, const std::string& uri);
  /// Returns the stream's session, or 0 if the stream is closed.
  SessionNumber session_of(StreamNumber number) const;
  /// The URI's server was removed or changed, so its server must be found again.
  void lost(StreamNumber number, const std::string& uri);
  /// A server has sent notifications/resources/updated.
  void updated(StreamNumber number, const Rpc& rpc);
  /// A task of the session has changed. `params` holds the members of the task, with our id.
  void task_changed(SessionNumber session, const std::string& task, const std::string& params);
  /// To be called when a server became ready, failed or changed its lists. Looks again for the
  /// servers of URIs without a known server.
  void retry();
  void shut_down();

 private:
  struct Stream {
    SessionNumber session = 0;
    ClientRequest client;
    MessagePtr message;
    Value params;
    bool tools = false, prompts = false, resources = false;
    /// `uris` are all URIs that no rule has denied; `unknown` are the URIs among them whose server
    /// is not known or not ready.
    std::vector<std::string> uris, unknown, tasks;
    std::array<size_t, 4> listed{};  // digests of the lists at the opening or last notification
    size_t deciding = 0;             // running calls that subscribe to its URIs
    bool acknowledged = false;
  };
  static bool wants(const Stream& stream, ListKind kind);
  void acknowledge(Stream& stream);
  void notify(Stream& stream, std::string_view method, std::string members);
  void send(const Stream& stream, std::string_view method, std::string members);
  void watch(StreamNumber number, Stream& stream);

  Core& core_;
  std::map<StreamNumber, Stream> streams_;
  StreamNumber last_ = 0;
};

}  // namespace callgate
