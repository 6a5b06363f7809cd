// What changes in a text by itself: times, time stamps and durations. Two answers that differ only
// in these are the same answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace callgate {

struct SteadyHash {
  uint64_t hash = 0;  ///< of the text without what is volatile
  size_t volatile_bytes = 0;
};

/// Masks in the first 64 KiB; what follows counts as it is.
SteadyHash hash_masked(std::string_view text);

}  // namespace callgate
