// The tables, how they came to be, and the numbers that rows are known by. design: rows are
// insert-only, hot tables carry no secondary index, migrations only add.
#pragma once

#include <cstdint>
#include <string>

#include "callgate/base/result.h"
#include "callgate/record/events.h"
#include "sqlite.h"

namespace callgate {

inline constexpr int64_t kApplicationId = 0x43474154;  // "CGAT"
inline constexpr int64_t kSchemaVersion = 7;
inline constexpr int64_t kPageSize = 4096;

/// A call's place in `event`: started at an even number, its end (finished or lost) at the odd one
/// behind it. The runs' ranges follow each other, and "a call ends once" is the primary key.
constexpr int64_t started_id(uint32_t run, CallNumber call) {
  return static_cast<int64_t>((uint64_t{run} << 32 | call) << 1);
}
constexpr int64_t ended_id(uint32_t run, CallNumber call) { return started_id(run, call) | 1; }
constexpr uint32_t run_of(int64_t event) { return static_cast<uint32_t>(event >> 33); }
constexpr CallNumber call_of(int64_t event) {
  return static_cast<CallNumber>(static_cast<uint64_t>(event) >> 1);
}
/// The last event id that a run can have.
constexpr int64_t last_id(uint32_t run) { return ended_id(run, ~CallNumber{0}); }
/// A session, question or other thing that is counted within its run.
constexpr int64_t numbered_id(uint32_t run, uint32_t number) {
  return static_cast<int64_t>(uint64_t{run} << 32 | number);
}

/// Creates the file (0600) and its folder (0700) where they are missing.
Status create_file(const std::string& path);
/// Makes an empty file ours, or brings an older record up to date. Errors: "record.newer",
/// "record.not_ours" and those of database_error; a busy database is one of them, the caller may
/// try again.
Status migrate(sqlite3* db, const std::string& path);
/// The same without writing: is this a record that we can read?
Status check_schema(sqlite3* db, const std::string& path);
/// False of columns that came later, in a record that nobody has written to since.
Result<bool> has_column(sqlite3* db, const std::string& path, const char* table,
                        const char* column);

}  // namespace callgate
