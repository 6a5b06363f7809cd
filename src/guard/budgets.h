// R7: calls, time and bytes since somebody last looked, and an agent's calls of a day.
#pragma once

#include "callgate/base/time.h"
#include "callgate/guard/finding.h"
#include "callgate/guard/thresholds.h"

namespace callgate {

/// One session's, since its last pause.
class Budgets {
 public:
  enum class What : uint8_t { Calls = 1, Time, Bytes, Day };
  struct Spent {
    What what{};
    double share = 0;  ///< of the budget
  };

  void add(Nanos at, uint64_t bytes, const Thresholds& t);
  void reset() { *this = Budgets(); }
  /// The budget of which most is spent.
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

/// One agent's, by UTC days.
struct AgentDay {
  int64_t day = 0;
  uint64_t calls = 0;
  /// The share of the day's budget that is spent.
  double add(Micros wall, const Thresholds& t);
  void at_least(Micros wall, uint64_t made);
  bool is(Micros wall) const;
};

}  // namespace callgate
