// Hands space back: payloads go, oldest first; rows, sizes and digests stay, and a tombstone says
// what went.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "callgate/base/result.h"
#include "callgate/base/time.h"
#include "sqlite.h"

namespace callgate {

struct RetentionPlan {
  std::optional<Micros> older_than;  ///< payloads written before it go
  uint64_t bytes = 0;  ///< then the oldest, until the database is no larger; 0: any size
};

struct DroppedBodies {
  int64_t first = 0, last = 0;  ///< payload ids
  uint64_t count = 0, bytes = 0;
  bool more = false;  ///< another step would find something to drop or to give back
};

/// One short transaction that drops at most `kRetentionStep` payloads, then gives free pages back
/// to the file system.
inline constexpr int kRetentionStep = 1024;
Result<DroppedBodies> drop_bodies(sqlite3* db, const std::string& path, const RetentionPlan& plan,
                                  uint32_t run, Micros now);
/// What drop_bodies would drop in all, for a plan by age.
Result<DroppedBodies> count_bodies(sqlite3* db, const std::string& path, const RetentionPlan& plan);

}  // namespace callgate
