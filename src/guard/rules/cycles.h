// Rule "cycle": a round of two to eight calls, with the same answers, that repeats.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace callgate {

class Cycles {
 public:
  static constexpr size_t kLongest = 8, kRing = 64;

  struct Round {
    size_t length = 0;  ///< the calls in a round; 0 if there is no round
    uint32_t repeats = 0;
    uint64_t key = 0;       ///< does not depend on which call of the round comes first
    bool harmless = false;  ///< every call of the round is harmless
  };

  /// `call` is the call's key, and `pair` the key of call and answer together. `harmless` means
  /// that honest sessions repeat such calls too, so a round of only such calls makes no hard
  /// finding.
  Round add(uint64_t call, uint64_t pair, uint32_t number, bool harmless);
  /// Restarts the search for rounds. Called for an answer that is no sign of a loop, such as a
  /// pending one.
  void interrupt();
  /// True if the call is part of the last repetition of the cycle.
  bool concerns(uint64_t call) const;
  std::vector<uint32_t> evidence(size_t calls) const;

 private:
  struct RingEntry {
    uint64_t call = 0, pair = 0;
    uint32_t number = 0;
    bool harmless = false;
  };
  const RingEntry& back(size_t steps) const { return ring_[(count_ - 1 - steps) % kRing]; }
  std::array<RingEntry, kRing> ring_{};
  /// The index is a period, in calls. The value is how many pairs in a row equal the pair that came
  /// one period earlier.
  std::array<uint32_t, kLongest + 1> run_{};
  std::array<uint64_t, kLongest> round_{};
  uint64_t count_ = 0;
};

}  // namespace callgate
