// Checks the state of the record without changing it, for `callgate doctor`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/base/time.h"

namespace callgate {

/// A run that has no end in the record.
struct UnendedRun {
  int64_t pid = 0;
  std::string version;
  bool lives = false;  ///< alive, or unknown; false: proven dead, and the next gate closes it
};

struct RecordHealth {
  int64_t schema = 0, known_schema = 0;  ///< of the file, and of this program
  int64_t calls = 0;  ///< of all runs, counted up to a million; -1: not counted in time
  uint64_t bytes = 0, log_bytes = 0;  ///< sizes of the file and of its log
  std::vector<std::string> damage;    ///< what SQLite's quick_check reports; at most ten lines
  bool checked = false;               ///< quick_check finished in time
  std::vector<UnendedRun> unended;
};

/// Only reads, and stops counting and checking after `limit`. Blocking. Errors: "record.none" (no
/// file yet), those of Recorder::open.
Result<RecordHealth> look_at_record(const std::string& path, Millis limit);

}  // namespace callgate
