// Rule "guessing": many different guesses that all fail. Each tool has two one-sided sums (CUSUM)
// over the calls that the session makes for the first time; see thresholds.h.
#pragma once

#include <string_view>
#include <vector>

#include "callgate/guard/answer.h"
#include "callgate/guard/effect.h"
#include "callgate/guard/thresholds.h"
#include "callgate/record/finding.h"
#include "evidence.h"

namespace callgate {

/// Keeps at most 32 tools; a new tool replaces the tool that was unused longest.
class Guesses {
 public:
  struct Family {
    uint64_t tool = 0, shape = 0;
    float fast = 0, slow = 0;
    /// The failed calls and all calls since both sums were last zero.
    uint32_t failed = 0, tried = 0;
    uint32_t empty = 0;  ///< how many of the failed calls had an empty answer
    int64_t number = 0;  ///< the last identifier if it is a number, else 0
    uint32_t used = 0;
    Evidence<Finding::kEvidence> evidence;
    Cadence cadence;
  };

  Family& add(uint64_t tool, std::string_view identifier, const GuardAnswer& answer, Effect effect,
              uint32_t call, Nanos at, const Thresholds& t);
  void reset(uint64_t tool);
  const Family* find(uint64_t tool) const;

 private:
  Family& family(uint64_t tool);
  static constexpr size_t kMost = 32;
  std::vector<Family> families_;
  uint32_t clock_ = 0;

 public:
  static constexpr size_t kMostBytes = kMost * sizeof(Family);
};

/// Returns the level of the finding for which the sums of a family (one tool's calls) are high
/// enough when the thresholds are multiplied by `factor`. None if they are not high enough.
Level level_of(const Guesses::Family& family, double factor, const Thresholds& t);

}  // namespace callgate
