// R1: the same call gets the same answer. Also knows which calls and which (call, answer) pairs a
// session has seen lately.
#pragma once

#include <cstddef>
#include <cstdint>

#include "callgate/guard/thresholds.h"
#include "evidence.h"
#include "sets.h"

namespace callgate {

/// Normal: something was written since, and what was read is still the same, or a write is
/// acknowledged with the same words: no sign of anything.
enum class Repetition : uint8_t { Strong, AfterWrite, AmidProgress, Transient, Pending, Normal };

/// At most 256 calls, four to a set; the one longest unused of its set makes room.
class Repeats {
 public:
  struct Entry {
    uint64_t call = 0, answer = 0;
    float count = 0;
    uint32_t strong = 0;  ///< repeats in a row with nothing weak between
    uint32_t times = 0, epoch = 0, news = 0, used = 0;
    Evidence<7> evidence;
    Cadence cadence;
  };

  /// Null: not seen lately.
  Entry* find(uint64_t call);
  /// Counts this answer; `repetition` says what a repeat is worth.
  Entry& count(uint64_t call, uint64_t answer, Repetition repetition, const Thresholds& t);

 private:
  static constexpr size_t kSets = 64, kWays = 4;
  struct Places {
    static bool taken(const Entry& entry) { return entry.used > 0; }
    static uint64_t place(const Entry& entry) { return entry.call; }
  };
  GrowingSets<Entry, kWays, kSets, Places> sets_;
  uint32_t clock_ = 0;

 public:
  static constexpr size_t kMostBytes = decltype(sets_)::most_bytes();
};

/// Pairs of call and answer that a session has seen: the last 2,048 or so.
class SeenPairs {
 public:
  /// True if it is new; it is remembered.
  bool add(uint64_t pair);

 private:
  static constexpr size_t kSets = 512, kWays = 4;
  struct Places {
    static bool taken(uint64_t pair) { return pair != 0; }
    static uint64_t place(uint64_t pair) { return pair >> 16; }
  };
  GrowingSets<uint64_t, kWays, kSets, Places> sets_;
  uint32_t clock_ = 0;

 public:
  static constexpr size_t kMostBytes = decltype(sets_)::most_bytes();
};

}  // namespace callgate
