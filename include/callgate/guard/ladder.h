// Decides what is done about a finding, as a pure function of the configured steps.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "callgate/base/time.h"
#include "callgate/guard/finding.h"

namespace callgate {

struct Action {
  Step step = Step::Observe;
  Nanos delay{};  ///< only for Delay
  bool operator==(const Action&) const = default;
};

/// `steps` are as configured, the weakest first. `calls` is the number of calls that the finding
/// has concerned so far; it begins at 1. A soft finding stays on the first steps that let the call
/// through (observe, advise, delay). A hard finding climbs one step with each call, up to the last
/// step. The first call that waits does so for 1 s, and each later one waits twice as long as the
/// one before, up to 60 s.
Action act_on(std::span<const Step> steps, Level level, uint32_t calls);

}  // namespace callgate
