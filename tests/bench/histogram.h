// A histogram of latencies with buckets of less than 1 % width. Its memory does not depend on the
// number of latencies, and adding one takes nanoseconds.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace bench {

class Histogram {
 public:
  Histogram() : counts_(size_t{64} << kBits) {}

  void add(uint64_t ns) {
    ++counts_[bucket(ns)];
    ++size_;
    longest_ = std::max(longest_, ns);
  }
  uint64_t size() const { return size_; }
  uint64_t longest() const { return longest_; }
  /// Returns the upper end of the bucket that contains the quantile, in ns.
  uint64_t quantile(double q) const {
    const auto rank = static_cast<uint64_t>(q * static_cast<double>(size_));
    uint64_t seen = 0;
    for (size_t i = 0; i < counts_.size(); ++i)
      if ((seen += counts_[i]) > rank) return std::min(upper_end(i), longest_);
    return longest_;
  }

 private:
  static constexpr int kBits = 7;  // the number of bits after the leading bit that select a bucket

  // Each value below 2^kBits has its own bucket. For larger values, the exponent and the next kBits
  // bits select the bucket.
  static size_t bucket(uint64_t ns) {
    if (ns >> kBits == 0) return static_cast<size_t>(ns);
    const int shift = static_cast<int>(std::bit_width(ns)) - 1 - kBits;
    return (static_cast<size_t>(shift) << kBits) + static_cast<size_t>(ns >> shift);
  }
  static uint64_t upper_end(size_t bucket) {
    if (bucket >> kBits == 0) return bucket;
    const int shift = static_cast<int>(bucket >> kBits) - 1;
    return (((bucket & ((size_t{1} << kBits) - 1)) + (size_t{1} << kBits) + 1) << shift) - 1;
  }

  std::vector<uint64_t> counts_;
  uint64_t size_ = 0, longest_ = 0;
};

}  // namespace bench
