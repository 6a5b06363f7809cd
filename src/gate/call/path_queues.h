// Decides which calls may have their paths resolved now.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <unordered_map>

#include "callgate/gate/ports.h"

namespace callgate {

/// All sessions share a few threads that resolve paths. So that slow paths of one session do not
/// block the others, only a few of its calls are resolved at a time. Its other calls wait in the
/// session's queue.
class PathQueues {
 public:
  static constexpr size_t kAtOnce = 2;

  /// Returns true if the call's paths may be resolved now; the caller must report their end with
  /// answered(). Returns false if the call must wait until next() returns it.
  bool enter(CallNumber call, SessionNumber session);
  /// Returns the call's session. Empty if no paths of the call were being resolved.
  std::optional<SessionNumber> answered(CallNumber call);
  /// Returns the session's next waiting call, if its paths may be resolved now. The caller must
  /// call enter() for this call again.
  std::optional<CallNumber> next(SessionNumber session);

 private:
  struct Queue {
    size_t asked = 0;
    std::deque<CallNumber> waiting;
  };
  std::unordered_map<SessionNumber, Queue> queues_;
  std::unordered_map<CallNumber, SessionNumber> asked_;
};

}  // namespace callgate
