// Time as a value. The core never reads a clock: its callers pass the time.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace callgate {

using Nanos = std::chrono::nanoseconds;
using Micros = std::chrono::microseconds;
using Millis = std::chrono::milliseconds;

struct Now {
  Nanos monotonic{};  ///< counts from an arbitrary moment and never goes back
  Micros wall{};      ///< the time of day: since the Unix epoch, in UTC
};

/// Writes a time as RFC 3339 in UTC with microseconds: 2026-07-28T09:08:07.000006Z
std::string format_wall(Micros wall);

}  // namespace callgate
