// Everything that the guard keeps about one session. Each table starts small and grows up to its
// own bound.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "callgate/guard/guard.h"
#include "guard/rules/budgets.h"
#include "guard/rules/cycles.h"
#include "guard/rules/guesses.h"
#include "guard/rules/mutations.h"
#include "guard/rules/nearby.h"
#include "guard/rules/progress.h"
#include "guard/rules/repeats.h"

namespace callgate {

constexpr size_t kAgentName = 128;

/// The finding that was made about one (rule, key).
struct FindingState {
  GuardRule rule{};
  /// The level that was last reported; None after the finding was cleared.
  Level level = Level::None;
  /// Whether the finding is active: the last observed call that concerns it was still over the
  /// threshold.
  bool alive = false;
  uint32_t calls = 0, used = 0;
  uint64_t key = 0;
  float factor = 1;  ///< multiplies the rule's thresholds; each approval of the finding doubles it
};

struct GuardSession {
  Nanos last{};
  std::string day;     ///< the budget_key() under which its calls of a day are counted
  uint32_t epoch = 0;  ///< the number of calls so far that may have changed something
  uint32_t news = 0;   ///< the number of calls so far that gave something new
  Repeats repeats;
  KnownPairs known_pairs;
  Cycles cycles;
  Guesses guesses;
  Mutations mutations;
  Progress progress;
  Budgets budgets;
  Listing listing;
  /// The latest few dead ends of earlier sessions that this session tried again; `reprobes` counts
  /// the different ones, and `reprobe_tries` all tries.
  std::array<uint64_t, 8> reprobed{};
  uint32_t reprobes = 0, reprobe_tries = 0;
  Evidence<Finding::kEvidence> reprobe_calls;

  FindingState* find(GuardRule rule, uint64_t key);
  /// Returns the entry of that rule and key, and makes one if needed. In a full table, the new
  /// entry replaces the entry that was unused longest; entries that were approved are replaced
  /// last.
  FindingState& state(GuardRule rule, uint64_t key);
  void forget(GuardRule rule, uint64_t key);
  std::span<FindingState> finding_states() { return {states_.data(), count_}; }

 private:
  std::array<FindingState, 64> states_{};
  size_t count_ = 0;
  uint32_t clock_ = 0;
};

/// An upper bound of a session's memory, including what the allocator adds to each block.
constexpr size_t kMostSessionBytes = sizeof(GuardSession) + Repeats::kMostBytes + kAgentName +
                                     KnownPairs::kMostBytes + Guesses::kMostBytes +
                                     Mutations::kMostBytes + Listing::kMostBytes + 6 * 16;
static_assert(kMostSessionBytes <= Guard::kSessionBytes);

}  // namespace callgate
