// How long clients wait for their calls, as far as they have shown it by giving up.
#pragma once

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "callgate/base/time.h"
#include "callgate/record/events.h"

namespace callgate {

class ClientPatience {
 public:
  /// The session's client has given up waiting for a call after this time.
  void gave_up(SessionNumber session, Nanos after) {
    const auto [found, first] = least_.try_emplace(session, after);
    if (!first) found->second = std::min(found->second, after);
  }
  /// The shortest time after which the client has given up. Empty if it has never given up.
  std::optional<Nanos> of(SessionNumber session) const {
    const auto found = least_.find(session);
    return found == least_.end() ? std::nullopt : std::optional(found->second);
  }
  void closed(SessionNumber session) { least_.erase(session); }

 private:
  std::unordered_map<SessionNumber, Nanos> least_;
};

}  // namespace callgate
