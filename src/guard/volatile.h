// The parts of a text that change by themselves: times, time stamps and durations. Two answers that
// differ only in these are the same answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace callgate {

struct SteadyHash {
  uint64_t hash = 0;  ///< of the text without its volatile parts
  size_t volatile_bytes = 0;
};

/// Masks volatile parts in the first 64 KiB; the rest is hashed as it is.
SteadyHash hash_masked(std::string_view text);

}  // namespace callgate
