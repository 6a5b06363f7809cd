// Checks the state of the record without changing it, for `callgate doctor`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/base/time.h"

namespace callgate {

/// A run of a gate process for which the record has no end.
struct UnendedRun {
  int64_t pid = 0;
  std::string version;
  /// False if the process is proven dead; the next gate process that opens the record then ends the
  /// run. True if the process is alive or this cannot be determined.
  bool lives = false;
};

struct RecordHealth {
  int64_t schema = 0, known_schema = 0;  ///< schema versions of the file and of this program
  int64_t calls = 0;  ///< of all runs, counted up to a million; -1: counting took too long
  uint64_t bytes = 0, log_bytes = 0;  ///< sizes of the file and of its write-ahead log
  std::vector<std::string> damage;    ///< what SQLite's quick_check reports; at most ten lines
  bool checked = false;               ///< quick_check finished in time
  std::vector<UnendedRun> unended;
};

/// Inspects the record at `path` read-only. Stops counting calls and running quick_check after
/// `limit`. Blocking. Errors: "record.none" (there is no such file), and those of Recorder::open.
Result<RecordHealth> look_at_record(const std::string& path, Millis limit);

}  // namespace callgate
