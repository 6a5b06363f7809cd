// Drops the bodies of old calls from the record, for `callgate history prune`.
#pragma once

#include <cstdint>
#include <string>

#include "callgate/base/result.h"
#include "callgate/base/time.h"

namespace callgate {

struct PruneReport {
  uint64_t calls = 0, bodies = 0, bytes = 0;
};
enum class PruneMode { DryRun, Delete };
/// Counts the bodies of calls older than `older_than` (DryRun), or drops them (Delete). Errors:
/// those of Recorder::open.
Result<PruneReport> prune(const std::string& path, Micros older_than, PruneMode mode);

}  // namespace callgate
