// Frees space in the record by dropping payloads (the texts of bodies), oldest first. The rows of
// calls stay, with the sizes and digests of their bodies, and a row in `tombstone` records which
// payloads were dropped.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "callgate/base/result.h"
#include "callgate/base/time.h"
#include "store/sqlite/sqlite.h"

namespace callgate {

struct RetentionPlan {
  std::optional<Micros> older_than;  ///< payloads written before this time are dropped
  /// The oldest remaining payloads are dropped until the database has at most this size. 0: no
  /// limit.
  uint64_t bytes = 0;
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
/// Counts the payloads that repeated calls of drop_bodies() would drop. Considers only
/// RetentionPlan::older_than.
Result<DroppedBodies> count_bodies(sqlite3* db, const std::string& path, const RetentionPlan& plan);

}  // namespace callgate
