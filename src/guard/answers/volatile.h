// Finds the parts of an answer that differ from call to call without meaning anything: times, time
// stamps and durations. Two answers that differ only in these are the same answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace callgate {

struct SteadyHash {
  uint64_t hash = 0;  ///< of the text without its volatile parts
  size_t volatile_bytes = 0;
};

/// Leaves volatile parts out in the first 64 KiB only; the rest is hashed as it is.
SteadyHash hash_masked(std::string_view text);

}  // namespace callgate
