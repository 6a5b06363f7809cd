// What is done about a finding, as a pure function of the configured steps.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "callgate/base/time.h"
#include "callgate/guard/finding.h"

namespace callgate {

enum class Step : uint8_t { Observe, Advise, Delay, Ask, Block, Pause };
const char* name(Step step);
std::optional<Step> step_named(std::string_view name);

struct Action {
  Step step = Step::Observe;
  Nanos delay{};  ///< of Delay
  bool operator==(const Action&) const = default;
};

/// `steps` as configured, weakest first. `hits` counts the calls that met this finding, from 1. A
/// soft finding stays on the first steps that let the call through (observe, advise, delay); a hard
/// one climbs one step a hit, to the last. The first call that waits does so for
/// 1 s, each later one twice as long, to 60 s.
Action act_on(std::span<const Step> steps, Level level, uint32_t hits);

}  // namespace callgate
