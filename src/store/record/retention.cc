#include "retention.h"

#include <fmt/core.h>

#include <climits>

#include "store/sqlite/schema.h"

namespace callgate {

namespace {

constexpr int kGivenBack = 2048;  // how many free pages one step returns to the file system
// This many free pages stay in the file, since it will grow again.
constexpr int64_t kSparePages = 64;

// Finds the oldest payloads. Their ids ascend with time, so it reads them by id until one is too
// young for the plan. Does not count payloads that are already empty.
Result<DroppedBodies> oldest(sqlite3* db, const std::string& path, const RetentionPlan& plan,
                             int limit) {
  auto rows =
      Statement::prepare(db, path, "select id, at, length(bytes) from payload order by id limit ?");
  if (!rows) return rows.error();
  const int64_t before = plan.older_than ? plan.older_than->count() / 1'000'000 : LLONG_MAX;
  DroppedBodies found;
  rows->bind(1, limit);
  int rc = SQLITE_ROW;
  while ((rc = rows->step()) == SQLITE_ROW && rows->integer(1) < before) {
    if (rows->is_null(2)) continue;
    if (found.count == 0) found.first = rows->integer(0);
    found.last = rows->integer(0);
    ++found.count;
    found.bytes += static_cast<uint64_t>(rows->integer(2));
  }
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) return database_error(db, rc, path);
  return found;
}

Result<bool> small_enough(sqlite3* db, const std::string& path, uint64_t bytes) {
  const auto pages = query_integer(db, path, "pragma page_count");
  if (!pages) return pages.error();
  const auto unused = query_integer(db, path, "pragma freelist_count");
  if (!unused) return unused.error();
  return static_cast<uint64_t>((*pages - *unused) * kPageSize) <= bytes;
}

Result<DroppedBodies> choose(sqlite3* db, const std::string& path, const RetentionPlan& plan) {
  if (plan.older_than) {
    const auto old = oldest(db, path, plan, kRetentionStep);
    if (!old || old->count > 0) return old;
  }
  if (plan.bytes == 0) return DroppedBodies{};
  const auto fits = small_enough(db, path, plan.bytes);
  if (!fits) return fits.error();
  if (*fits) return DroppedBodies{};
  return oldest(db, path, {}, kRetentionStep);
}

// Drops the payloads from `d.first` to `d.last`. The payload with the highest id is emptied, not
// deleted. Otherwise SQLite would give its id to the next payload, and old rows would refer to the
// body of another call.
Status drop(sqlite3* db, const std::string& path, const DroppedBodies& d, uint32_t run, Micros now,
            const std::string& reason) {
  const std::string sql = fmt::format(
      // Deletes the oldest sets of trigrams if all their texts are at least as old as the last
      // dropped payload. One step deletes at most 64.
      "delete from text_block where id in (select id from (select id, at from text_block order by "
      "id limit 64) where at <= (select at from payload where id = {1}));"
      "delete from payload where id between {0} and {1} and id < (select max(id) from payload);"
      "update payload set bytes = null where id = {1};"
      "update meta set value = value + 1 where name = 'prunes';",
      d.first, d.last);
  if (auto s = execute(db, path, sql.c_str()); !s) return s;
  auto tombstone = Statement::prepare(db, path,
                                      "insert into tombstone(run, at, kind, first, last, count, "
                                      "bytes, reason) values (?, ?, 'bodies', ?, ?, ?, ?, ?)");
  if (!tombstone) return tombstone.error();
  run == 0 ? tombstone->bind_null(1) : tombstone->bind(1, run);
  tombstone->bind(2, now.count()).bind(3, d.first).bind(4, d.last);
  tombstone->bind(5, static_cast<int64_t>(d.count))
      .bind(6, static_cast<int64_t>(d.bytes))
      .bind(7, reason);
  const int rc = tombstone->run();
  if (rc != SQLITE_DONE) return database_error(db, rc, path);
  return {};
}

// Returns free pages to the file system. Sets `step.more` if more remain, since dropping payloads
// may free more pages than one step returns.
Status give_back_pages(sqlite3* db, const std::string& path, DroppedBodies& step) {
  const auto before = query_integer(db, path, "pragma freelist_count");
  if (!before) return before.error();
  step.more = step.count > 0;
  if (*before <= (step.more ? 0 : kSparePages)) return {};
  const std::string vacuum = fmt::format("pragma incremental_vacuum({})", kGivenBack);
  if (auto s = execute(db, path, vacuum.c_str()); !s) return s;
  const auto after = query_integer(db, path, "pragma freelist_count");
  if (!after) return after.error();
  step.more = step.more || (*after > kSparePages && *after < *before);
  return {};
}

}  // namespace

Result<DroppedBodies> drop_bodies(sqlite3* db, const std::string& path, const RetentionPlan& plan,
                                  uint32_t run, Micros now) {
  if (auto s = execute(db, path, "begin immediate"); !s) return s.error();
  auto chosen = choose(db, path, plan);
  Status status;
  if (!chosen) status = chosen.error();
  if (chosen && chosen->count > 0) {
    status =
        drop(db, path, *chosen, run, now, plan.older_than ? "older than kept" : "larger than kept");
  }
  if (status) status = execute(db, path, "commit");
  if (!status) {
    sqlite3_exec(db, "rollback", nullptr, nullptr, nullptr);
    return status.error();
  }
  if (auto s = give_back_pages(db, path, *chosen); !s) return s.error();
  return chosen;
}

Result<DroppedBodies> count_bodies(sqlite3* db, const std::string& path,
                                   const RetentionPlan& plan) {
  return oldest(db, path, plan, -1);
}

}  // namespace callgate
