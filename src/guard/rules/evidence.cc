#include "evidence.h"

#include <fmt/core.h>

namespace callgate {

std::string Cadence::text() const {
  constexpr uint32_t kEnough = 4;
  constexpr float kRegular = 0.15F;
  if (count_ < kEnough || mean_ < 1) return "";
  const float deviation = std::sqrt(squares_ / static_cast<float>(count_ - 1));
  if (deviation > kRegular * mean_) return "";
  return fmt::format(", every {:.0f} s ± {:.0f}", mean_, deviation);
}

}  // namespace callgate
