// Counts an agent's recent calls. Reads a bounded number of rows, so that a gate process does not
// wait for a count over millions of calls.
#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

#include "callgate/record/events.h"
#include "callgate/store/findings.h"
#include "store/sqlite/access.h"
#include "store/sqlite/schema.h"

namespace callgate {

namespace {

std::vector<std::string> lines_in(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// Returns the runs that may have events since `since`, newest first.
Result<std::vector<uint32_t>> runs_since(sqlite3* db, const std::string& path, Micros since) {
  auto rows = Statement::prepare(
      db, path, "select id from run where ended is null or ended >= ? order by id desc");
  if (!rows) return rows.error();
  rows->bind(1, since.count());
  std::vector<uint32_t> runs;
  int rc = SQLITE_ROW;
  while ((rc = rows->step()) == SQLITE_ROW) runs.push_back(static_cast<uint32_t>(rows->integer(0)));
  if (rc != SQLITE_DONE) return database_error(db, rc, path);
  return runs;
}

/// Returns the numbers, within the run, of the sessions for which `is_theirs` is true.
Result<std::set<uint32_t>> sessions_of(sqlite3* db, const std::string& path, uint32_t run,
                                       const SessionTest& is_theirs) {
  auto rows = Statement::prepare(db, path,
                                 "select id, client_name, token, client_exe, client_parents "
                                 "from session where id >= ? and id < ?");
  if (!rows) return rows.error();
  rows->bind(1, numbered_id(run, 0)).bind(2, numbered_id(run + 1, 0));
  std::set<uint32_t> sessions;
  int rc = SQLITE_ROW;
  while ((rc = rows->step()) == SQLITE_ROW) {
    SessionOpened session{.session = static_cast<uint32_t>(rows->integer(0)),
                          .client_name = std::string(rows->text(1)),
                          .token = std::string(rows->text(2))};
    session.process.exe = rows->text(3);
    session.process.parents = lines_in(rows->text(4));
    if (is_theirs(session)) sessions.insert(session.session);
  }
  if (rc != SQLITE_DONE) return database_error(db, rc, path);
  return sessions;
}

}  // namespace

Result<uint64_t> count_calls(const std::string& path, const SessionTest& is_theirs, Micros since,
                             uint64_t most) {
  uint64_t count = 0, looked = 0;
  const auto access = read_access(path, "event");
  if (!access) return access.error();
  sqlite3* db = access->db.get();
  if (db == nullptr) return count;
  const auto runs = runs_since(db, path, since);
  if (!runs) return runs.error();
  // In `event`, only the starts of calls have even ids. The query returns the newest first, so the
  // first start before `since` ends the count for its run.
  auto rows = Statement::prepare(
      db, path,
      "select e.at, e.session, r.verdict, (select outcome from event where id = e.id + 1) "
      "from event e left join ruling r on r.id = e.ruling where e.id >= ? and e.id < ? and "
      "(e.id & 1) = 0 order by e.id desc");
  if (!rows) return rows.error();
  for (const uint32_t run : *runs) {
    if (looked == most) break;
    const auto sessions = sessions_of(db, path, run, is_theirs);
    if (!sessions) return sessions.error();
    if (sessions->empty()) continue;
    rows->bind(1, started_id(run, 0)).bind(2, started_id(run + 1, 0));
    int rc = SQLITE_ROW;
    while (looked < most && (rc = rows->step()) == SQLITE_ROW) {
      if (rows->integer(0) < since.count()) break;
      ++looked;
      // A repeated call was allowed, but not made.
      const bool made = rows->integer(2) == static_cast<int64_t>(Permission::Allow) &&
                        rows->integer(3) != static_cast<int64_t>(Outcome::Repeated);
      if (made && sessions->count(static_cast<uint32_t>(rows->integer(1))) > 0) ++count;
    }
    if (rc != SQLITE_DONE && rc != SQLITE_ROW) return database_error(db, rc, path);
    rows->reset();
  }
  return count;
}

}  // namespace callgate
