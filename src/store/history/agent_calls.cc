// Counts an agent's recent calls, and finds those without an answer. Reads a bounded number of
// rows, so that a gate process does not wait for a count over millions of calls.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
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

struct RecentRun {
  uint32_t run = 0;
  std::optional<Micros> ended;
};

/// Returns the runs that may have events since `since`, newest first.
Result<std::vector<RecentRun>> runs_since(sqlite3* db, const std::string& path, Micros since) {
  auto rows = Statement::prepare(
      db, path, "select id, ended from run where ended is null or ended >= ? order by id desc");
  if (!rows) return rows.error();
  rows->bind(1, since.count());
  std::vector<RecentRun> runs;
  int rc = SQLITE_ROW;
  while ((rc = rows->step()) == SQLITE_ROW) {
    RecentRun run{.run = static_cast<uint32_t>(rows->integer(0)), .ended = {}};
    if (!rows->is_null(1)) run.ended = Micros(rows->integer(1));
    runs.push_back(run);
  }
  if (rc != SQLITE_DONE) return database_error(db, rc, path);
  return runs;
}

using Sessions = std::map<uint32_t, SessionOpened>;

/// Returns the sessions of the run for which `is_theirs` is true, by their numbers.
Result<Sessions> sessions_of(sqlite3* db, const std::string& path, uint32_t run,
                             const SessionTest& is_theirs) {
  auto rows = Statement::prepare(db, path,
                                 "select id, client_name, token, client_exe, client_parents, "
                                 "profile, client_cwd from session where id >= ? and id < ?");
  if (!rows) return rows.error();
  rows->bind(1, numbered_id(run, 0)).bind(2, numbered_id(run + 1, 0));
  Sessions sessions;
  int rc = SQLITE_ROW;
  while ((rc = rows->step()) == SQLITE_ROW) {
    SessionOpened session{.session = static_cast<uint32_t>(rows->integer(0)),
                          .client_name = std::string(rows->text(1)),
                          .token = std::string(rows->text(2))};
    session.process.exe = rows->text(3);
    session.process.parents = lines_in(rows->text(4));
    session.profile = rows->text(5);
    session.process.cwd = rows->text(6);
    if (is_theirs(session)) sessions.emplace(session.session, session);
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
  for (const auto& [run, ended] : *runs) {
    if (looked == most) break;
    const auto sessions = sessions_of(db, path, run, is_theirs);
    if (!sessions) return sessions.error();
    if (sessions->empty()) continue;
    rows->bind(1, started_id(run, 0)).bind(2, started_id(run + 1, 0));
    int rc = SQLITE_ROW;
    while (looked < most && (rc = rows->step()) == SQLITE_ROW) {
      if (rows->integer(0) < since.count()) break;
      ++looked;
      // A retry was allowed, but not made.
      const bool made = rows->integer(2) == static_cast<int64_t>(Permission::Allow) &&
                        rows->integer(3) != static_cast<int64_t>(Outcome::Repeated);
      if (made && sessions->contains(static_cast<uint32_t>(rows->integer(1)))) ++count;
    }
    if (rc != SQLITE_DONE && rc != SQLITE_ROW) return database_error(db, rc, path);
    rows->reset();
  }
  return count;
}

namespace {

/// Looks for unanswered calls in one run after another, newest first.
class UnansweredCalls {
 public:
  UnansweredCalls(Statement& rows, uint64_t looked, size_t most)
      : rows_(rows), looked_(looked), most_(most) {}

  bool done() const { return looked_ == 0 || found_.size() >= most_; }
  std::vector<UnansweredRow> take() { return std::move(found_); }

  /// Reads the rows of the run, newest first: the end of a call comes before its start.
  int read(const RecentRun& run, const Sessions& sessions, Micros since) {
    ends_.clear();
    rows_.bind(1, started_id(run.run, 0)).bind(2, started_id(run.run + 1, 0));
    int rc = SQLITE_ROW;
    while (!done() && (rc = rows_.step()) == SQLITE_ROW) {
      --looked_;
      const int64_t id = rows_.integer(0);
      const Micros at(rows_.integer(1));
      if (at < since) break;
      if ((id & 1) != 0)
        add_end(id, at);
      else
        add_start(id, run, sessions);
    }
    rows_.reset();
    return rc;
  }

 private:
  struct End {
    Micros at{};
    bool answered = true;
  };

  void add_end(int64_t id, Micros at) {
    const auto outcome = static_cast<Outcome>(rows_.integer(3));
    const bool unanswered =
        outcome == Outcome::Cancelled || outcome == Outcome::Timeout || outcome == Outcome::Lost;
    ends_[id - 1] = {at, !unanswered};
    if (rows_.is_null(4)) return;
    // A call that waited for an earlier one was not made, however it ended.
    ends_[id - 1].answered = true;
    if (outcome == Outcome::Repeated) repeated_.insert(rows_.integer(4));
  }

  void add_start(int64_t id, const RecentRun& run, const Sessions& sessions) {
    const bool made = !rows_.is_null(5) &&
                      rows_.integer(5) == static_cast<int64_t>(CallKind::Tool) &&
                      rows_.integer(6) == static_cast<int64_t>(Permission::Allow);
    const auto session = sessions.find(static_cast<uint32_t>(rows_.integer(2)));
    const bool no_retries = rows_.integer(7) != 0 || repeated_.contains(id >> 1);
    if (!made || !run.ended || session == sessions.end() || no_retries) return;
    const auto end = ends_.find(id);
    if (end != ends_.end() && end->second.answered) return;
    found_.push_back({.id = static_cast<CallId>(id >> 1),
                      .ended = end != ends_.end() ? end->second.at : *run.ended,
                      .session = session->second});
  }

  Statement& rows_;
  uint64_t looked_;
  size_t most_;
  std::map<int64_t, End> ends_;  // by the id of the start's row
  std::set<int64_t> repeated_;   // calls that have a retry: run << 32 | call
  std::vector<UnansweredRow> found_;
};

}  // namespace

Result<std::vector<UnansweredRow>> unanswered_calls(const std::string& path,
                                                    const SessionTest& is_theirs, Micros since,
                                                    uint64_t looked, size_t most) {
  const auto access = read_access(path, "event");
  if (!access) return access.error();
  sqlite3* db = access->db.get();
  if (db == nullptr) return std::vector<UnansweredRow>();
  // A gate process has migrated the record before it asks, so an older record is not its own.
  const auto there = has_column(db, path, "retries_ended", "id");
  if (!there) return there.error();
  if (!*there) return std::vector<UnansweredRow>();
  const auto runs = runs_since(db, path, since);
  if (!runs) return runs.error();
  auto rows = Statement::prepare(db, path,
                                 "select e.id, e.at, e.session, e.outcome, e.earlier, t.kind, "
                                 "r.verdict, "
                                 "exists (select 1 from retries_ended where id = e.id >> 1) "
                                 "from event e left join "
                                 "target t on t.id = e.target left join ruling r on r.id = "
                                 "e.ruling where e.id >= ? and e.id < ? "
                                 "order by e.id desc");
  if (!rows) return rows.error();
  UnansweredCalls calls(*rows, looked, most);
  for (const RecentRun& run : *runs) {
    if (calls.done()) break;
    const auto sessions = sessions_of(db, path, run.run, is_theirs);
    if (!sessions) return sessions.error();
    if (sessions->empty()) continue;
    const int rc = calls.read(run, *sessions, since);
    if (rc != SQLITE_DONE && rc != SQLITE_ROW) return database_error(db, rc, path);
  }
  return calls.take();
}

}  // namespace callgate
