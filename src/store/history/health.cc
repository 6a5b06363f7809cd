#include "callgate/store/health.h"

#include <fmt/core.h>
#include <sys/stat.h>

#include <cerrno>

#include "callgate/store/identity.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite.h"

namespace callgate {

namespace {

using Clock = std::chrono::steady_clock;

// SQLite calls is_late() after this number of steps of its virtual machine. They take far less than
// a millisecond.
constexpr int kStepsBetweenLooks = 10'000;
constexpr std::chrono::milliseconds kReadPatience{1000};
constexpr const char* kCheck = "select * from pragma_quick_check(10)";

uint64_t size_of(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 ? static_cast<uint64_t>(about.st_size) : 0;
}

int is_late(void* until) { return Clock::now() >= *static_cast<Clock::time_point*>(until) ? 1 : 0; }

Status check(sqlite3* db, const std::string& path, RecordHealth& health) {
  auto statement = Statement::prepare(db, path, kCheck);
  if (!statement) return statement.error();
  int rc = SQLITE_ROW;
  while ((rc = statement->step()) == SQLITE_ROW)
    if (const std::string line = statement->text(0); line != "ok") health.damage.push_back(line);
  statement->reset();
  if (rc == SQLITE_INTERRUPT) return {};
  if (rc != SQLITE_DONE) return database_error(db, rc, path);
  health.checked = true;
  return {};
}

Status read_runs(sqlite3* db, const std::string& path, RecordHealth& health) {
  auto statement = Statement::prepare(
      db, path, "select pid, pid_start, boot_id, version from run where ended is null limit 1000");
  if (!statement) return statement.error();
  int rc = SQLITE_ROW;
  while ((rc = statement->step()) == SQLITE_ROW) {
    const int64_t pid = statement->integer(0);
    health.unended.push_back({.pid = pid,
                              .version = statement->text(3),
                              .lives = process_lives(pid, statement->text(1), statement->text(2))});
  }
  statement->reset();
  if (rc != SQLITE_DONE) return database_error(db, rc, path);
  return {};
}

/// Reads the schema version and counts the calls. The progress handler stops the count at `until`.
Status read_numbers(sqlite3* db, const std::string& path, Clock::time_point until,
                    RecordHealth& health) {
  const auto version = query_integer(db, path, "pragma user_version");
  if (!version) return version.error();
  health.schema = *version;
  const auto calls = query_integer(
      db, path, "select count(*) from (select 1 from event where id % 2 = 0 limit 1000000)");
  if (!calls && Clock::now() < until) return calls.error();
  health.calls = calls ? *calls : -1;
  return {};
}

}  // namespace

Result<RecordHealth> look_at_record(const std::string& path, Millis limit) {
  RecordHealth health{
      .known_schema = kSchemaVersion, .bytes = size_of(path), .log_bytes = size_of(path + "-wal")};
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0 && errno == ENOENT)
    return Error{"record.none", "there is no record yet at " + path, ""};
  Patience patience;
  patience.until = Clock::now() + kReadPatience;
  auto db = open_database(path, OpenMode::Read, &patience);
  if (!db) return db.error();
  if (Status known = check_schema(db->get(), path); !known) return known.error();
  if (Status read = read_runs(db->get(), path, health); !read) return read.error();
  Clock::time_point until = Clock::now() + limit;
  sqlite3_progress_handler(db->get(), kStepsBetweenLooks, is_late, &until);
  if (Status read = read_numbers(db->get(), path, until, health); !read) return read.error();
  const Status checked = check(db->get(), path, health);
  sqlite3_progress_handler(db->get(), 0, nullptr, nullptr);
  if (!checked) return checked.error();
  return health;
}

}  // namespace callgate
