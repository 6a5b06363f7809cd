#include "callgate/store/findings.h"

#include <algorithm>
#include <utility>

#include "callgate/wire/message.h"
#include "store/sqlite/access.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/typed_ids.h"

namespace callgate {

namespace {

// Joins each finding with its newest end, if it has one.
constexpr const char* kRows =
    "select f.id, f.at, f.session, f.call, f.rule, f.level, f.key, f.agent, f.server, f.tool, "
    "f.summary, f.instead, f.evidence, f.value, f.bound, f.step, e.at, e.how, e.because"
    " from finding f left join finding_end e"
    " on e.id = (select max(id) from finding_end where finding = f.id)";

std::vector<uint32_t> numbers_in(const std::string& json) {
  std::vector<uint32_t> numbers;
  const auto message = Walker().walk(json);
  if (!message || !(*message)->root().is_array()) return numbers;
  for (Value each : (*message)->root())
    numbers.push_back(static_cast<uint32_t>(each.integer().value_or(0)));
  return numbers;
}

FindingRow row_of(const Statement& s) {
  const auto number_at = [&s](int column) { return static_cast<uint32_t>(s.integer(column)); };
  const auto run = static_cast<uint32_t>(s.integer(0) >> 32);
  FindingRow row{.run = run,
                 .id = typeable(run, number_at(0)),
                 .session = typeable(run, number_at(2)),
                 .call = typeable(run, number_at(3)),
                 .finding = {.rule = static_cast<GuardRule>(s.integer(4)),
                             .level = static_cast<Level>(s.integer(5)),
                             .key = static_cast<uint64_t>(s.integer(6)),
                             .session = number_at(2),
                             .agent = s.text(7),
                             .server = s.text(8),
                             .tool = s.text(9),
                             .summary = s.text(10),
                             .instead = s.text(11),
                             .evidence = numbers_in(s.text(12)),
                             .value = s.real(13),
                             .limit = s.real(14),
                             .at = Micros(s.integer(1))},
                 .step = s.text(15)};
  for (const uint32_t call : row.finding.evidence) row.evidence.push_back(typeable(run, call));
  if (s.is_null(16)) return row;
  row.ended = Micros(s.integer(16));
  row.how = s.text(17);
  row.because = s.text(18);
  return row;
}

bool wanted(const FindingRow& row, const FindingFilter& filter) {
  if (filter.active && row.ended) return false;
  if (!filter.session.empty() && row.session != filter.session) return false;
  return filter.call.empty() || row.call == filter.call ||
         std::find(row.evidence.begin(), row.evidence.end(), filter.call) != row.evidence.end();
}

}  // namespace

Result<std::vector<FindingRow>> read_findings(const std::string& path,
                                              const FindingFilter& filter) {
  std::vector<FindingRow> found;
  const auto access = read_access(path, "finding");
  if (!access) return access.error();
  if (!access->db) return found;
  auto rows =
      Statement::prepare(access->db.get(), path,
                         std::string(kRows) + " where f.at >= ? order by f.at desc, f.id desc");
  if (!rows) return rows.error();
  rows->bind(1, filter.since ? filter.since->count() : INT64_MIN);
  int rc = SQLITE_ROW;
  while ((filter.limit == 0 || found.size() < filter.limit) && (rc = rows->step()) == SQLITE_ROW) {
    FindingRow row = row_of(*rows);
    if (wanted(row, filter)) found.push_back(std::move(row));
  }
  if (rc != SQLITE_DONE && rc != SQLITE_ROW) return database_error(access->db.get(), rc, path);
  return found;
}

Result<FindingRow> read_finding(const std::string& path, const std::string& id) {
  if (id == "@last") {
    auto newest = read_findings(path, {.limit = 1});
    if (!newest) return newest.error();
    return newest->empty() ? Result<FindingRow>(no_finding(id)) : std::move(newest->front());
  }
  const auto typed = typed_id(id);
  if (!typed) return no_finding(id);
  const auto access = read_access(path, "finding");
  if (!access) return access.error();
  if (!access->db) return no_finding(id);
  auto rows = Statement::prepare(access->db.get(), path, std::string(kRows) + " where f.id = ?");
  if (!rows) return rows.error();
  const int rc = rows->bind(1, numbered_id(typed->run, typed->number)).step();
  if (rc == SQLITE_ROW) return row_of(*rows);
  return rc == SQLITE_DONE ? no_finding(id) : database_error(access->db.get(), rc, path);
}

Result<std::vector<EndedFinding>> read_ended(const std::string& path, uint32_t run,
                                             int64_t& after) {
  std::vector<EndedFinding> ended;
  const auto access = read_access(path, "finding_end");
  if (!access) return access.error();
  if (!access->db) return ended;
  auto rows = Statement::prepare(
      access->db.get(), path,
      "select e.id, e.finding, e.how, e.at, f.rule, f.key from finding_end e"
      " join finding f on f.id = e.finding"
      " where e.id > ?1 and (f.rule = ?2 or e.finding >> 32 = ?3) order by e.id");
  if (!rows) return rows.error();
  rows->bind(1, after).bind(2, static_cast<int64_t>(GuardRule::DeadEnd)).bind(3, int64_t{run});
  int rc = SQLITE_ROW;
  while ((rc = rows->step()) == SQLITE_ROW) {
    after = rows->integer(0);
    const bool approved = rows->text(2) == name(FindingEnd::Approved);
    ended.push_back({.run = static_cast<uint32_t>(rows->integer(1) >> 32),
                     .number = static_cast<uint32_t>(rows->integer(1)),
                     .how = approved ? FindingEnd::Approved : FindingEnd::Cleared,
                     .at = Micros(rows->integer(3)),
                     .rule = static_cast<GuardRule>(rows->integer(4)),
                     .key = static_cast<uint64_t>(rows->integer(5))});
  }
  if (rc != SQLITE_DONE) return database_error(access->db.get(), rc, path);
  return ended;
}

Result<std::vector<DeadEnd>> read_dead_ends(const std::string& path, std::string_view agent,
                                            Micros now, size_t limit) {
  std::vector<DeadEnd> found;
  const auto access = read_access(path, "dead_end");
  if (!access) return access.error();
  if (!access->db) return found;
  auto rows = Statement::prepare(
      access->db.get(), path,
      "select agent, server, tool, resource, kind, tries, sessions, first, last, expires from "
      "dead_end where expires > ?1 and (?2 = '' or agent = ?2) order by last desc limit ?3");
  if (!rows) return rows.error();
  rows->bind(1, now.count()).bind(2, agent).bind(3, static_cast<int64_t>(limit));
  int rc = SQLITE_ROW;
  while ((rc = rows->step()) == SQLITE_ROW) {
    const bool denied = rows->integer(4) == static_cast<int64_t>(AnswerKind::Denied);
    found.push_back({.agent = rows->text(0),
                     .server = rows->text(1),
                     .tool = rows->text(2),
                     .subject = rows->text(3),
                     .kind = denied ? AnswerKind::Denied : AnswerKind::NotFound,
                     .tries = static_cast<uint32_t>(rows->integer(5)),
                     .sessions = static_cast<uint32_t>(rows->integer(6)),
                     .first = Micros(rows->integer(7)),
                     .last = Micros(rows->integer(8)),
                     .expires = Micros(rows->integer(9))});
  }
  if (rc != SQLITE_DONE) return database_error(access->db.get(), rc, path);
  return found;
}

}  // namespace callgate
