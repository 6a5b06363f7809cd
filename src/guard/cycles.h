// R2: a round of two to eight calls with their answers, again and again.
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
    size_t length = 0;  ///< calls of a round; 0: none
    uint32_t repeats = 0;
    uint64_t key = 0;       ///< the same wherever the round begins
    bool harmless = false;  ///< every call of the round is
  };

  /// `call` is the one that the answer belongs to; `pair` both together. `harmless` calls repeat
  /// in honest sessions, too.
  Round add(uint64_t call, uint64_t pair, uint32_t number, bool harmless);
  /// Something that is no sign of a loop: a pending answer.
  void interrupt();
  /// The call is one of the last round's.
  bool concerns(uint64_t call) const;
  std::vector<uint32_t> evidence(size_t calls) const;

 private:
  struct Seen {
    uint64_t call = 0, pair = 0;
    uint32_t number = 0;
    bool harmless = false;
  };
  const Seen& back(size_t steps) const { return ring_[(count_ - 1 - steps) % kRing]; }
  std::array<Seen, kRing> ring_{};
  std::array<uint32_t, kLongest + 1>
      run_{};  ///< by period: pairs in a row that equal the one a period before
  std::array<uint64_t, kLongest> round_{};
  uint64_t count_ = 0;
};

}  // namespace callgate
