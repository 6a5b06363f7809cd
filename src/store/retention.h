// Frees space. Payloads are dropped, oldest first. Rows, sizes and digests stay, and a tombstone
// records what was dropped.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "callgate/base/result.h"
#include "callgate/base/time.h"
#include "sqlite.h"

namespace callgate {

struct RetentionPlan {
  std::optional<Micros> older_than;  ///< payloads written before this time are dropped
  uint64_t bytes = 0;  ///< then the oldest are dropped until the database is no larger; 0: no limit
};

struct DroppedBodies {
  int64_t first = 0, last = 0;  ///< payload ids
  uint64_t count = 0, bytes = 0;
  bool more = false;  ///< another step would drop payloads or free pages
};

/// Drops at most `kRetentionStep` payloads in one short transaction, then returns free pages to the
/// file system.
inline constexpr int kRetentionStep = 1024;
Result<DroppedBodies> drop_bodies(sqlite3* db, const std::string& path, const RetentionPlan& plan,
                                  uint32_t run, Micros now);
/// What drop_bodies() would drop in total, for a plan by age.
Result<DroppedBodies> count_bodies(sqlite3* db, const std::string& path, const RetentionPlan& plan);

}  // namespace callgate
