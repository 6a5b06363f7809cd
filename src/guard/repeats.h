// R1: the same call gets the same answer. Also keeps which calls, and which pairs of call and
// answer, a session has had lately.
#pragma once

#include <cstddef>
#include <cstdint>

#include "callgate/guard/thresholds.h"
#include "evidence.h"
#include "sets.h"

namespace callgate {

/// What a repeated answer means. Normal is no sign of a problem: something was written since and
/// the same read gives the same answer, or a write is acknowledged with the same words.
enum class Repetition : uint8_t { Strong, AfterWrite, AmidProgress, Transient, Pending, Normal };

/// Keeps at most 256 calls in sets of four; in a full set, a new call replaces the one that was
/// unused longest.
class Repeats {
 public:
  struct Entry {
    uint64_t call = 0, answer = 0;
    float count = 0;
    uint32_t strong = 0;  ///< strong repeats in a row
    uint32_t times = 0, epoch = 0, news = 0, used = 0;
    Evidence<7> evidence;
    Cadence cadence;
  };

  /// Returns nullptr if the call was not made lately.
  Entry* find(uint64_t call);
  /// Counts this answer; `repetition` selects the weight of a repeat.
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

/// The pairs of call and answer that a session has had: the last 2,048 or so.
class SeenPairs {
 public:
  /// Adds the pair. Returns true if it is new.
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
