#include "callgate/store/prune.h"

#include <fmt/core.h>

#include <chrono>

#include "retention.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite.h"

namespace callgate {

namespace {

constexpr std::chrono::seconds kPrunePatience{5};
constexpr int kLogPages = 2048;  // when the log has 8 MiB, prune() makes a blocking checkpoint

// Counts the calls that lose a body.
uint64_t touched_calls(sqlite3* db, const std::string& path, const DroppedBodies& d) {
  const std::string dropped = fmt::format(" where body between {} and {}", d.first, d.last);
  std::string ids = "select distinct id >> 1 from event" + dropped;
  // A record of an older version has no such table.
  const auto late = has_column(db, path, "late_answer", "body");
  if (late && *late) ids += " union select id from late_answer" + dropped;
  const auto calls = query_integer(db, path, "select count(*) from (" + ids + ")");
  return calls ? static_cast<uint64_t>(*calls) : 0;
}

Status prune_all(sqlite3* db, const std::string& path, const RetentionPlan& plan, Micros now,
                 PruneReport& report) {
  for (;;) {
    const auto step = drop_bodies(db, path, plan, 0, now);
    if (!step) return step.error();
    if (!step->more) break;
    report.bodies += step->count;
    report.bytes += step->bytes;
    if (step->count > 0) report.calls += touched_calls(db, path, *step);
    int pages = 0;
    sqlite3_wal_checkpoint_v2(db, nullptr, SQLITE_CHECKPOINT_PASSIVE, &pages, nullptr);
    if (pages > kLogPages)
      sqlite3_wal_checkpoint_v2(db, nullptr, SQLITE_CHECKPOINT_RESTART, nullptr, nullptr);
  }
  // The log still contains the dropped payloads until this checkpoint empties it.
  sqlite3_wal_checkpoint_v2(db, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  return {};
}

}  // namespace

Result<PruneReport> prune(const std::string& path, Micros older_than, PruneMode mode) {
  Patience patience;
  patience.until = std::chrono::steady_clock::now() + kPrunePatience;
  auto db =
      open_database(path, mode == PruneMode::DryRun ? OpenMode::Read : OpenMode::Write, &patience);
  if (!db) return db.error();
  if (auto s = check_schema(db->get(), path); !s) return s.error();
  const RetentionPlan plan{older_than, 0};
  PruneReport report;
  if (mode == PruneMode::DryRun) {
    const auto found = count_bodies(db->get(), path, plan);
    if (!found) return found.error();
    report.bodies = found->count;
    report.bytes = found->bytes;
    if (found->count > 0) report.calls = touched_calls(db->get(), path, *found);
    return report;
  }
  if (auto s = execute(db->get(), path, "pragma secure_delete = on; pragma wal_autocheckpoint = 0");
      !s)
    return s.error();
  const auto now =
      std::chrono::duration_cast<Micros>(std::chrono::system_clock::now().time_since_epoch());
  if (auto s = prune_all(db->get(), path, plan, now, report); !s) return s.error();
  return report;
}

}  // namespace callgate
