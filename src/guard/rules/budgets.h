// Rule "budget": counts a session's calls, time and bytes since its last pause or the user's last
// action, and an agent's calls per day.
#pragma once

#include "callgate/base/time.h"
#include "callgate/guard/thresholds.h"
#include "callgate/record/finding.h"

namespace callgate {

/// What one session has used since its last pause.
class Budgets {
 public:
  enum class What : uint8_t { Calls = 1, Time, Bytes, Day };
  struct Spent {
    What what{};
    double share = 0;  ///< the used share of the budget
  };

  void add(Nanos at, uint64_t bytes, const Thresholds& t);
  void reset() { *this = Budgets(); }
  /// Returns the budget of which the largest share is used.
  Spent most(const Thresholds& t) const;
  Nanos last() const { return last_; }
  uint32_t calls() const { return calls_; }
  Nanos time() const { return last_ - first_; }
  uint64_t bytes() const { return bytes_; }

 private:
  uint32_t calls_ = 0;
  uint64_t bytes_ = 0;
  Nanos first_{}, last_{};
};

/// The number of calls that one agent has made in a UTC day.
struct AgentDay {
  int64_t day = 0;
  uint64_t calls = 0;
  /// Counts a call and returns the used share of the day's budget.
  double add(Micros wall, const Thresholds& t);
  void at_least(Micros wall, uint64_t made);
  bool is(Micros wall) const;
};

}  // namespace callgate
