#include "callgate/guard/ladder.h"

#include <algorithm>

namespace callgate {

namespace {

bool lets_through(Step step) {
  return step == Step::Observe || step == Step::Advise || step == Step::Delay;
}

Nanos delay_of(uint32_t doubled) {
  constexpr Nanos kFirst = std::chrono::seconds(1), kMost = std::chrono::seconds(60);
  return std::min(kMost, kFirst * (int64_t{1} << std::min<uint32_t>(doubled, 6)));
}

}  // namespace

Action act_on(std::span<const Step> steps, Level level, uint32_t calls) {
  if (level == Level::None || steps.empty()) return {};
  size_t reach = steps.size();
  if (level == Level::Soft)
    reach = static_cast<size_t>(std::find_if_not(steps.begin(), steps.end(), lets_through) -
                                steps.begin());
  if (reach == 0) return {};
  const uint32_t climbed = calls > 0 ? calls - 1 : 0;
  const Step step = steps[std::min<size_t>(climbed, reach - 1)];
  if (step != Step::Delay) return {step, {}};
  // The first of the `calls` calls made the finding and is already completed. So the second call is
  // the first call that can be delayed.
  const auto first = std::find(steps.begin(), steps.end(), Step::Delay) - steps.begin();
  const uint32_t waits = std::max<uint32_t>(static_cast<uint32_t>(first), 1);
  return {step, delay_of(climbed > waits ? climbed - waits : 0)};
}

}  // namespace callgate
