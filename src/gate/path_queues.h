// Whose calls may have their paths looked up now.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <unordered_map>

#include "callgate/gate/ports.h"

namespace callgate {

/// Paths are looked up by a few threads for all. So that slow paths of one session do not keep
/// others waiting, few of its calls are looked up at a time; its other calls wait in a queue of
/// its own.
class PathQueues {
 public:
  static constexpr size_t kAtOnce = 2;

  /// True: the call's paths are looked up now, and answered() follows. False: next() names it
  /// later.
  bool enter(CallNumber call, SessionNumber session);
  /// Returns the session whose call that was; empty if nothing was looked up for it.
  std::optional<SessionNumber> answered(CallNumber call);
  /// The next call of that session, if one may be looked up now. It has to enter again.
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
