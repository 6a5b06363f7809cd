// Reads the rows to which a call's row refers by number: its target, its session, its decision and
// its bodies.
#include <algorithm>

#include "history_impl.h"
#include "store/filed/packed_columns.h"
#include "store/sqlite/typed_ids.h"

namespace callgate {

namespace {

// The maximum number of rows of each table that are kept in memory. At this number, all are
// dropped.
constexpr size_t kKnown = 65536;
// If a run has more sessions than this, all its calls are read. In other runs, the sessions are
// checked first, because the run can be left out if none of them matches.
constexpr size_t kMostSessions = 4096;

}  // namespace

void RecordReader::forget_wanted() {
  targets.clear();
  sessions.clear();
  wanted_targets.clear();
  wanted_sessions.clear();
}

const TargetRow& RecordReader::target_of(int64_t id, const HistoryFilter& filter) {
  const auto known = targets.find(id);
  if (known != targets.end()) return known->second;
  TargetRow row;
  if (target.bind(1, id).step() == SQLITE_ROW) {
    row.kind = static_cast<CallKind>(target.integer(0));
    row.server = target.text(1);
    row.tool = target.text(2);
    row.exposed = target.text(3);
    row.era = target.text(4);
    if (!target.is_null(5)) row.read_only = target.integer(5) != 0;
    row.account = target.text(6);
  }
  target.reset();
  row.wanted = matches_any(filter.servers, row.server) &&
               matches_any(filter.accounts, row.account) &&
               (matches_any(filter.tools, row.tool) || matches_any(filter.tools, row.exposed));
  if (targets.size() >= kKnown) targets.clear();
  return targets[id] = std::move(row);
}

const SessionRow& RecordReader::session_of(int64_t id, const HistoryFilter& filter) {
  const auto known = sessions.find(id);
  if (known != sessions.end()) return known->second;
  SessionRow row;
  if (session.bind(1, id).step() == SQLITE_ROW) {
    row.client_name = session.text(0);
    row.client_version = session.text(1);
    row.client_exe = session.text(2);
    row.profile = session.text(3);
    row.client_pid = session.integer(4);
  }
  session.reset();
  const auto run = static_cast<uint32_t>(id >> 32);
  row.wanted = matches_any(filter.clients, row.client_name) &&
               matches_any(filter.profiles, row.profile) &&
               matches_any(filter.sessions, typeable(run, static_cast<uint32_t>(id)));
  if (sessions.size() >= kKnown) sessions.clear();
  return sessions[id] = std::move(row);
}

Result<bool> RecordReader::has_wanted_session(uint32_t run, const HistoryFilter& filter) {
  if (filter.clients.empty() && filter.profiles.empty() && filter.sessions.empty()) return true;
  sessions_of_run.bind(1, numbered_id(run, 0)).bind(2, numbered_id(run, ~0u));
  sessions_of_run.bind(3, static_cast<int64_t>(kMostSessions));
  std::vector<int64_t> ids;
  int rc = SQLITE_ROW;
  while ((rc = sessions_of_run.step()) == SQLITE_ROW) ids.push_back(sessions_of_run.integer(0));
  sessions_of_run.reset();
  if (rc != SQLITE_DONE) return database_error(db.get(), rc, path);
  if (ids.empty() || ids.size() == kMostSessions) return true;
  return std::any_of(ids.begin(), ids.end(),
                     [&](int64_t id) { return session_of(id, filter).wanted; });
}

std::optional<std::string> RecordReader::payload_of(const std::optional<int64_t>& id) {
  if (!id) return std::nullopt;
  std::optional<std::string> bytes;
  if (payload.bind(1, *id).step() == SQLITE_ROW && !payload.is_null(0)) bytes = payload.text(0);
  payload.reset();
  return bytes;
}

CallRow RecordReader::row_of(const EventPair& pair, bool bodies) {
  CallRow row;
  const uint32_t run = run_of(pair.id);
  row.id = typeable(run, call_of(pair.id));
  row.at = Micros(pair.at);
  row.session = typeable(run, static_cast<uint32_t>(pair.session));
  const SessionRow& client = session_of(numbered_id(run, static_cast<uint32_t>(pair.session)), {});
  row.client_name = client.client_name;
  row.client_version = client.client_version;
  row.client_exe = client.client_exe;
  row.client_pid = client.client_pid;
  row.profile = client.profile;
  const TargetRow& what = target_of(pair.target, {});
  row.server = what.server;
  row.account = what.account;
  row.tool = what.tool;
  row.exposed = what.exposed;
  row.method = what.kind == CallKind::Method ? what.tool : name(what.kind);
  row.era = what.era;
  row.rounds = static_cast<uint32_t>(pair.rounds);
  row.waited = Nanos(pair.waited);
  row.duration = Nanos(pair.duration);
  row.outcome = outcome_of(run, pair.outcome);
  if (ruling.bind(1, pair.ruling).step() == SQLITE_ROW) {
    row.decision = static_cast<Permission>(ruling.integer(0));
    row.rule = ruling.text(1);
    row.because = ruling.text(2);
  }
  ruling.reset();
  row.args_bytes = pair.args_bytes;
  row.result_bytes = pair.result_bytes;
  row.masked = pair.masked;
  row.error_code = pair.error_code;
  row.error = pair.error;
  row.ended = Micros(pair.end_at);
  row.read_only = what.read_only;
  row.observed = pair.observed;
  row.facts = unpacked_facts(pair.facts);
  if (pair.earlier != 0)
    row.earlier =
        typeable(static_cast<uint32_t>(pair.earlier >> 32), static_cast<uint32_t>(pair.earlier));
  row.late = late_answer_of(pair.id, bodies);
  if (row.late) row.masked += row.late->masked;
  if (!bodies) return row;
  auto args = payload_of(pair.args), result = payload_of(pair.result);
  row.args_kept = args || !pair.args;
  row.result_kept = result || !pair.result;
  row.args = std::move(args).value_or("");
  row.result = std::move(result).value_or("");
  return row;
}

}  // namespace callgate
