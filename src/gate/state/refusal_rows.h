// Limits how many refusals of one peer get a row each, because a peer can cause refusals as fast as
// it can write.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "callgate/base/time.h"

namespace callgate {

class RefusalRows {
 public:
  /// A peer gets kAtOnce rows at once, and then one more row in each kForEach, which is 20 a
  /// minute.
  static constexpr int kAtOnce = 1000;
  static constexpr Nanos kForEach = std::chrono::seconds(3);
  /// The sum, a row with the number of refusals that got no row, is due this long after the first
  /// of these refusals.
  static constexpr Nanos kSummedAfter = std::chrono::minutes(1);

  /// Returns true if this refusal gets a row. Counts it otherwise.
  bool take(Now now) {
    const Nanos spent = std::max(spent_until_, now.monotonic) + kForEach;
    if (spent - now.monotonic <= kAtOnce * kForEach) {
      spent_until_ = spent;
      return true;
    }
    if (left_out_++ == 0) {
      first_ = now.wall;
      sum_due_ = now.monotonic + kSummedAfter;
    }
    last_ = now.wall;
    ++all_left_out_;
    return false;
  }
  /// The number of refusals without a row since the last sum.
  uint64_t left_out() const { return left_out_; }
  uint64_t all_left_out() const { return all_left_out_; }
  /// When the sum is due, as monotonic time. Valid while left_out() is not 0.
  Nanos sum_due() const { return sum_due_; }
  /// Returns "3 more WHAT between TIME and TIME; …", and begins a new sum.
  std::string take_sum(const std::string& what) {
    const std::string count = std::to_string(left_out_);
    left_out_ = 0;
    return count + " more " + what + " between " + format_wall(first_) + " and " +
           format_wall(last_) + "; they have no rows of their own";
  }

 private:
  // Each row moves spent_until_ forward by kForEach. When spent_until_ has passed, the peer may get
  // kAtOnce rows at once again.
  Nanos spent_until_{}, sum_due_{};
  uint64_t left_out_ = 0, all_left_out_ = 0;
  Micros first_{}, last_{};
};

}  // namespace callgate
