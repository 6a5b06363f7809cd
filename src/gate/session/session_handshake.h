// The handshake with a client, in either era, and the session's row in the record.
#pragma once

#include <string>
#include <string_view>

#include "callgate/wire/rpc.h"
#include "gate/state/state.h"

namespace callgate {

class Session;
class SessionHost;

class SessionHandshake {
 public:
  SessionHandshake(GateState& gate, SessionHost& host, Session& session)
      : gate_(gate), host_(host), session_(session) {}

  /// A legacy client's `initialize`.
  void initialize(const Rpc& rpc, const MessagePtr& message);
  /// A modern client's `server/discover`.
  void discover(const Rpc& rpc);
  /// The client gives its name; only the first name counts.
  void named(Value client_info, std::string_view protocol, Era era);
  /// The session needs a row, although the client's name may be unknown.
  void ensure_recorded();
  bool recorded() const { return recorded_; }
  /// The revision that the client speaks; empty until the client is known.
  const std::string& protocol() const { return protocol_; }

 private:
  void refuse_second(const Rpc& rpc, const MessagePtr& message);
  void append_opened(std::string_view protocol, std::string_view era);
  std::string instructions() const;

  GateState& gate_;
  SessionHost& host_;
  Session& session_;
  std::string protocol_;
  bool recorded_ = false;  // the session has a row, perhaps without the client's name
};

}  // namespace callgate
