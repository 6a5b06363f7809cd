// Rule "no-progress": the share of the last calls that gave something new.
#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>

namespace callgate {

class Progress {
 public:
  static constexpr size_t kMost = 128;  ///< calls in the longest window

  void add(bool progress, uint32_t window);
  void reset() { *this = Progress(); }
  bool full(uint32_t window) const { return count_ >= window; }
  double share(uint32_t window) const { return static_cast<double>(bits_.count()) / window; }

 private:
  std::bitset<kMost> bits_;
  uint64_t count_ = 0;
};

}  // namespace callgate
