// How the record is, without changing it: for `callgate doctor`.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/base/time.h"

namespace callgate {

/// A run whose end nobody has written.
struct UnendedRun {
  int64_t pid = 0;
  std::string version;
  bool lives = false;  ///< or cannot be told; else proven dead: the next gate closes it
};

struct RecordHealth {
  int64_t schema = 0, known_schema = 0;  ///< the file's, and this program's
  int64_t calls = 0;                     ///< of all runs, counted up to a million; -1: not in time
  uint64_t bytes = 0, log_bytes = 0;     ///< of the file and of its log
  std::vector<std::string> damage;       ///< what SQLite's quick_check says; at most ten
  bool checked = false;                  ///< quick_check came to its end in time
  std::vector<UnendedRun> unended;
};

/// Reads only, and stops checking after `limit`. Blocking. Errors: "record.none" (no file yet),
/// those of Recorder::open.
Result<RecordHealth> look_at_record(const std::string& path, Millis limit);

}  // namespace callgate
