#include "filed_source.h"

namespace callgate {

Status FiledSource::prepare(sqlite3* db, const std::string& path) {
  db_ = db;
  path_ = path;
  const auto touched = has_column(db, path, "event", "touched");
  if (!touched) return touched.error();
  auto rows = Statement::prepare(
      db, path,
      std::string("select id, at, session, target, outcome, duration, waited, size, ") +
          (*touched ? "touched" : "null") + " from event where id between ?1 and ?2 order by id");
  if (!rows) return rows.error();
  rows_ = std::move(*rows);
  auto next = Statement::prepare(
      db, path,
      "select id from event where id between ?1 and ?2 and id % 2 = 0 order by id limit 1");
  if (!next) return next.error();
  next_ = std::move(*next);
  return {};
}

// Skips the end of a call whose start is not in the record, because the end alone has no session
// and no target. Lists skip these calls, too.
Result<std::vector<FiledCall>> FiledSource::read(uint32_t run, CallNumber first, CallNumber last) {
  std::vector<FiledCall> calls;
  calls.reserve(last - first + 1);
  std::vector<size_t> ends;  // for each call, the offset in touched_ at which its items end
  touched_.clear();
  rows_.bind(1, started_id(run, first)).bind(2, ended_id(run, last));
  int rc = SQLITE_ROW;
  while ((rc = rows_.step()) == SQLITE_ROW) {
    const int64_t id = rows_.integer(0);
    if ((id & 1) == 0) {
      calls.push_back({.id = id,
                       .at = rows_.integer(1),
                       .session = static_cast<uint32_t>(rows_.integer(2)),
                       .target = rows_.integer(3),
                       .args_bytes = static_cast<uint64_t>(rows_.integer(7))});
      touched_ += rows_.view(8);
      ends.push_back(touched_.size());
    } else if (!calls.empty() && calls.back().id == id - 1) {
      FiledCall& call = calls.back();
      call.outcome = static_cast<Outcome>(rows_.integer(4));
      call.busy = rows_.integer(5) - rows_.integer(6);
      call.result_bytes = static_cast<uint64_t>(rows_.integer(7));
      touched_ += rows_.view(8);
      ends.back() = touched_.size();
    }
  }
  rows_.reset();
  if (rc != SQLITE_DONE) return database_error(db_, rc, path_);
  for (size_t i = 0, begin = 0; i < calls.size(); begin = ends[i++])
    calls[i].touched = std::string_view(touched_).substr(begin, ends[i] - begin);
  return calls;
}

Result<std::optional<CallNumber>> FiledSource::next(uint32_t run, CallNumber from) {
  const int rc = next_.bind(1, started_id(run, from)).bind(2, last_id(run)).step();
  std::optional<CallNumber> found;
  if (rc == SQLITE_ROW) found = call_of(next_.integer(0));
  next_.reset();
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) return database_error(db_, rc, path_);
  return found;
}

}  // namespace callgate
