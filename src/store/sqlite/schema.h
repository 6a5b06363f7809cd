// The tables of the record, their migrations, and the ids of rows. By design, rows of `event` and
// most other tables are only added (but retention deletes rows of `payload`), the tables that each
// call writes have no secondary index, and migrations only add tables and columns.
#pragma once

#include <cstdint>
#include <string>

#include "callgate/base/result.h"
#include "callgate/record/events.h"
#include "sqlite.h"

namespace callgate {

inline constexpr int64_t kApplicationId = 0x43474154;  // "CGAT"
inline constexpr int64_t kSchemaVersion = 11;
inline constexpr int64_t kPageSize = 4096;

/// The id of a call's start in `event`. It is even; the call's end (finished or lost) has the next,
/// odd id. So the primary key guarantees that a call has only one end. The ids of a run follow
/// those of the run before it.
constexpr int64_t started_id(uint32_t run, CallNumber call) {
  return static_cast<int64_t>((uint64_t{run} << 32 | call) << 1);
}
constexpr int64_t ended_id(uint32_t run, CallNumber call) { return started_id(run, call) | 1; }
constexpr uint32_t run_of(int64_t event) { return static_cast<uint32_t>(event >> 33); }
constexpr CallNumber call_of(int64_t event) {
  return static_cast<CallNumber>(static_cast<uint64_t>(event) >> 1);
}
/// The highest id that a row of the run in `event` can have.
constexpr int64_t last_id(uint32_t run) { return ended_id(run, ~CallNumber{0}); }
/// The id of a session, a question or anything else that is numbered within its run. A late answer
/// has the number of its call.
constexpr int64_t numbered_id(uint32_t run, uint32_t number) {
  return static_cast<int64_t>(uint64_t{run} << 32 | number);
}

/// Creates the file (0600) and its folder (0700) if they are missing.
Status create_file(const std::string& path);
/// Turns an empty file into a record, or migrates an older record. Errors: "record.newer",
/// "record.not_ours" and those of database_error(). On "record.locked" the caller may try again.
Status migrate(sqlite3* db, const std::string& path);
/// Checks that the database is a record that this version can read. Does not write. Errors: those
/// of migrate().
Status check_schema(sqlite3* db, const std::string& path);
/// Returns true if the table has the column. A record that only older versions have written lacks
/// the columns of newer ones.
Result<bool> has_column(sqlite3* db, const std::string& path, const char* table,
                        const char* column);

}  // namespace callgate
