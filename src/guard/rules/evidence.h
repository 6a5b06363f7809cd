// The evidence of a finding: the last few of its calls, and how regular the intervals between them
// were.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "callgate/base/time.h"

namespace callgate {

/// The numbers of the last N calls, the oldest first.
template <size_t N>
class Evidence {
 public:
  void add(uint32_t call) { calls_[count_++ % N] = call; }
  void reset() { count_ = 0; }
  std::vector<uint32_t> list() const {
    std::vector<uint32_t> all;
    for (uint32_t i = count_ - std::min<uint32_t>(count_, N); i < count_; ++i)
      all.push_back(calls_[i % N]);
    return all;
  }

 private:
  std::array<uint32_t, N> calls_{};
  uint32_t count_ = 0;
};

/// The mean and deviation of the intervals between calls (Welford's method). The guard shows them
/// with a finding. But the intervals never cause a finding, because honest pollers are more regular
/// than stuck agents.
class Cadence {
 public:
  void tick(Nanos at) {
    if (count_ > 0) {
      const auto seconds = static_cast<float>(std::chrono::duration<double>(at - last_).count());
      const float off = seconds - mean_;
      mean_ += off / static_cast<float>(count_);
      squares_ += off * (seconds - mean_);
    }
    last_ = at;
    if (count_ < UINT32_MAX) ++count_;
  }
  void reset() { *this = Cadence(); }
  /// Returns a text such as ", every 71 s ± 2" if the calls are regular and slower than one per
  /// second; else "".
  std::string text() const;

 private:
  Nanos last_{};
  float mean_ = 0, squares_ = 0;
  uint32_t count_ = 0;
};

}  // namespace callgate
