// How long clients wait for their calls, as far as they have shown it by giving up.
#pragma once

#include <optional>
#include <unordered_map>

#include "callgate/base/time.h"
#include "callgate/record/events.h"

namespace callgate {

class ClientPatience {
 public:
  /// The session's client has cancelled a call after this time, because it took too long.
  void gave_up(SessionNumber session, Nanos after) { last_[session] = after; }
  /// The time after which the client has given up last. Empty if it has never given up.
  std::optional<Nanos> of(SessionNumber session) const {
    const auto found = last_.find(session);
    return found == last_.end() ? std::nullopt : std::optional(found->second);
  }
  void closed(SessionNumber session) { last_.erase(session); }

 private:
  std::unordered_map<SessionNumber, Nanos> last_;
};

}  // namespace callgate
