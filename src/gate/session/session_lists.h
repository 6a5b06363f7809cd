// A client's list requests: whether they wait for servers, their answers, and the notifications of
// changed lists.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "callgate/wire/rpc.h"
#include "gate/state/client_request.h"
#include "gate/state/state.h"

namespace callgate {

class Session;
class SessionHost;

class SessionLists {
 public:
  SessionLists(GateState& gate, SessionHost& host, Session& session)
      : gate_(gate), host_(host), session_(session) {}

  void request(const Rpc& rpc, ListKind kind);
  /// Answers the list requests that wait for servers, if the lists are known or `time_is_over` is
  /// true.
  void check_requests(bool time_is_over);
  /// Notifies the client if one of these lists differs from the one that the client got last.
  /// An earlier gate process has given the client its lists, which may have been others.
  void assume_listed() { listed_.fill(0); }
  void notify(const std::vector<ListKind>& kinds);
  /// The session ends.
  void close() { clear_deadline(); }

 private:
  /// The stages in which list requests wait for servers. First: up to limits.first_list. One:
  /// longer, because the lists of no server are known yet. Rest: the lists of at least one server
  /// are known, and the other servers get a moment more.
  enum class Wait : uint8_t { First, One, Rest };
  void wait(Wait stage, Nanos time);
  bool waits_for_more(bool time_is_over);
  void clear_deadline();
  void answer(const ClientRequest& to, ListKind kind, std::string_view cursor);

  GateState& gate_;
  SessionHost& host_;
  Session& session_;
  Nanos due_{};  // zero if no request waits
  Wait stage_ = Wait::First;
  std::array<std::optional<size_t>, 4> listed_;  // digests of the lists that the client got last
};

}  // namespace callgate
