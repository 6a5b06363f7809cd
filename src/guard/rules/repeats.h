// Rule "repeated-call": the same call gets the same answer. Also remembers the session's recent
// calls, and its recent pairs of call and answer.
#pragma once

#include <cstddef>
#include <cstdint>

#include "callgate/guard/thresholds.h"
#include "evidence.h"
#include "sets.h"

namespace callgate {

/// The circumstances of a repeated answer, which decide its weight. Strong: nothing new happened
/// since. AfterWrite: a call wrote since. AmidProgress: other calls gave new answers since.
/// Transient: the failure may end by itself (a time-out, a rate limit). Pending: the answer reports
/// "still running". Normal is no sign of a problem: the same read after a write gives the same
/// answer, or a write is acknowledged with the same words.
enum class Repetition : uint8_t { Strong, AfterWrite, AmidProgress, Transient, Pending, Normal };

/// Keeps at most 256 calls in sets of four; in a full set, a new call replaces the call that was
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
  /// Counts this answer. If it repeats the call's last answer, `repetition` selects the weight.
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

/// The last 2,048 or so different pairs of call and answer of a session.
class KnownPairs {
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
