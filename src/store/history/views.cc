#include "views.h"

#include "callgate/store/identity.h"
#include "history_impl.h"

namespace callgate {

namespace {

// Columns have the names of the keys in the output of --json, but `client` is a name, not an
// object. Words in capitals that are not SQL are placeholders: LIVE_RUNS is replaced by the numbers
// of runs whose process lives, each other one by a column, or by null if an older record lacks the
// column. `earlier` is null unless the call repeated an earlier one, and `account` unless the call
// was for an account of a remote server.
constexpr const char* kViews = R"sql(
create temp view calls as select
  printf('%d-%d', s.id >> 33, (s.id >> 1) & 4294967295) as id,
  strftime('%Y-%m-%dT%H:%M:%S', s.at / 1000000, 'unixepoch') || printf('.%06dZ', s.at % 1000000) as at,
  printf('%d-%d', s.id >> 33, s.session) as session,
  c.client_name as client, c.client_version as client_version, c.client_pid as client_pid, c.client_exe as client_exe,
  c.profile as profile, t.server as server, t.tool as tool, t.exposed as exposed,
  case t.kind when 0 then 'tools/call' when 1 then 'prompts/get' when 2 then 'resources/read'
    when 3 then 'resources/subscribe' when 4 then 'resources/unsubscribe' when 5 then 'completion/complete'
    else t.tool end as method,
  t.era as era, coalesce(ROUNDS, 1) as rounds, coalesce(e.waited, 0) / 1000000.0 as waited_ms,
  case e.outcome when 0 then 'ok' when 1 then 'tool_error' when 2 then 'rpc_error' when 3 then 'denied'
    when 4 then 'timeout' when 5 then 'cancelled' when 6 then 'lost' when 8 then 'repeated'
    else case when r.id in (LIVE_RUNS) then 'pending' else 'lost' end end as outcome,
  case d.verdict when 0 then 'allow' when 1 then 'ask' when 2 then 'deny' end as decision,
  d.rule as rule, d.because as because, e.duration / 1000000.0 as duration_ms,
  s.size as args_bytes, coalesce(e.size, 0) as result_bytes,
  coalesce(s.masked, 0) + coalesce(e.masked, 0) + coalesce(l.masked, 0) as masked,
  e.error_code as error_code, e.error as error,
  cast((select p.bytes from payload p where p.id = s.body) as text) as args,
  cast((select p.bytes from payload p where p.id = e.body) as text) as result,
  case l.outcome when 0 then 'ok' when 1 then 'tool_error' when 2 then 'rpc_error' end as late_outcome,
  strftime('%Y-%m-%dT%H:%M:%S', l.at / 1000000, 'unixepoch') || printf('.%06dZ', l.at % 1000000) as late_at,
  case when EARLIER is not null then printf('%d-%d', EARLIER >> 32, EARLIER & 4294967295) end as earlier,
  nullif(ACCOUNT, '') as account
from event s left join event e on e.id = s.id + 1 left join late_answer l on l.id = s.id >> 1
  left join run r on r.id = s.id >> 33
  left join session c on c.id = (s.id >> 33 << 32) + s.session
  left join target t on t.id = s.target left join ruling d on d.id = s.ruling
where s.id % 2 = 0;

create temp view sessions as select
  printf('%d-%d', s.id >> 32, s.id & 4294967295) as id,
  strftime('%Y-%m-%dT%H:%M:%S', s.at / 1000000, 'unixepoch') || printf('.%06dZ', s.at % 1000000) as at,
  strftime('%Y-%m-%dT%H:%M:%S', e.at / 1000000, 'unixepoch') || printf('.%06dZ', e.at % 1000000) as ended,
  e.reason as reason, s.client_name as client, s.client_version as client_version, s.client_pid as client_pid,
  s.client_exe as client_exe, s.profile as profile, s.protocol as protocol, s.era as era,
  CLIENT_START as client_start, CLIENT_CWD as client_cwd, CLIENT_USER as client_user,
  CLIENT_PARENTS as client_parents, CLIENT_PEER as peer, CLIENT_TOKEN as token
from session s left join session_end e on e.id = s.id;

create temp view servers as select
  strftime('%Y-%m-%dT%H:%M:%S', at / 1000000, 'unixepoch') || printf('.%06dZ', at % 1000000) as at,
  run, server, pid, name, version, protocol
from server;

create temp view decisions as
  select id as call, at, session, client, profile, server, tool, method, decision, rule, because from calls
  union all
  select q.call, q.at, q.session, c.client, c.profile, q.server, null, q.method, q.decision, q.rule, q.because
  from questions q left join sessions c on c.id = q.session where q.decision is not null;
)sql";

// One row for each question. If a client sent an answer to a question that no server had asked, the
// answer has a row with a null `decision`. `answer` is what the client did ("accept", "decline" …),
// and `response` is the answer's text.
constexpr const char* kQuestionsView = R"sql(
create temp view questions as select
  strftime('%Y-%m-%dT%H:%M:%S', q.at / 1000000, 'unixepoch') || printf('.%06dZ', q.at % 1000000) as at,
  case q.session when 0 then null else printf('%d-%d', q.id >> 32, q.session) end as session,
  case q.call when 0 then null else printf('%d-%d', q.id >> 32, q.call) end as call,
  q.server as server, q.method as method,
  case d.verdict when 0 then 'allow' when 1 then 'ask' when 2 then 'deny' end as decision,
  d.rule as rule, d.because as because, q.size as params_bytes, coalesce(q.masked, 0) as masked,
  cast((select p.bytes from payload p where p.id = q.body) as text) as params,
  printf('%d-%d', q.id >> 32, q.id & 4294967295) as id, c.client_name as client,
  strftime('%Y-%m-%dT%H:%M:%S', a.at / 1000000, 'unixepoch') || printf('.%06dZ', a.at % 1000000) as answered,
  a.action as answer, nullif(a.because, '') as answer_because, a.size as response_bytes,
  coalesce(a.masked, 0) as response_masked,
  cast((select p.bytes from payload p where p.id = a.body) as text) as response,
  lower(hex(q.digest)) as params_digest, lower(hex(a.digest)) as response_digest
from question q left join ruling d on d.id = q.ruling left join answer a on a.id = q.id
  left join session c on c.id = (q.id >> 32 << 32) + q.session
union all select
  strftime('%Y-%m-%dT%H:%M:%S', a.at / 1000000, 'unixepoch') || printf('.%06dZ', a.at % 1000000),
  printf('%d-%d', a.id >> 32, a.session),
  case a.call when 0 then null else printf('%d-%d', a.id >> 32, a.call) end,
  a.server, nullif(a.method, ''), null, null, null, 0, 0, null,
  printf('%d-%d', a.id >> 32, a.id & 4294967295), c.client_name,
  strftime('%Y-%m-%dT%H:%M:%S', a.at / 1000000, 'unixepoch') || printf('.%06dZ', a.at % 1000000),
  a.action, nullif(a.because, ''), a.size, coalesce(a.masked, 0),
  cast((select p.bytes from payload p where p.id = a.body) as text), '', lower(hex(a.digest))
from answer a left join session c on c.id = (a.id >> 32 << 32) + a.session
where not exists (select 1 from question q where q.id = a.id);
)sql";
// Replaces the table `answer` in a record that only versions without this table have written.
constexpr const char* kNoAnswers = R"sql(
create temp view if not exists answer as select null as id, null as at, null as session, null as call,
  null as server, null as method, null as action, null as because, null as body, null as size,
  null as masked, null as digest where 0;
)sql";
// For a record without the table `late_answer`.
constexpr const char* kNoLateAnswers = R"sql(
create temp view late_answer as select null as id, null as at, null as outcome, null as masked where 0;
)sql";

// One row for each access of a call to an item. history_sql.cc defines the function
// `touched_items`: it returns the numbers of event.touched, each item << 2 | op, as a JSON array.
constexpr const char* kTouchedView = R"sql(
create temp view touched as select
  printf('%d-%d', s.id >> 33, (s.id >> 1) & 4294967295) as call,
  strftime('%Y-%m-%dT%H:%M:%S', s.at / 1000000, 'unixepoch') || printf('.%06dZ', s.at % 1000000) as at,
  printf('%d-%d', s.id >> 33, s.session) as session, c.client_name as client, t.server as server, t.tool as tool,
  case i.kind when 0 then 'path' when 1 then 'url' when 2 then 'repo' when 3 then 'table' when 4 then 'ticket'
    else 'other' end as kind,
  i.name as name, case j.value & 3 when 0 then 'unknown' when 1 then 'read' else 'write' end as op,
  case e.outcome when 0 then 'ok' when 1 then 'tool_error' when 2 then 'rpc_error' when 3 then 'denied'
    when 4 then 'timeout' when 5 then 'cancelled' when 6 then 'lost' when 8 then 'repeated'
    else case when r.id in (LIVE_RUNS) then 'pending' else 'lost' end end as outcome
from event w join json_each(touched_items(w.touched)) j join item i on i.id = j.value >> 2
  join event s on s.id = w.id - w.id % 2 left join event e on e.id = s.id + 1
  left join run r on r.id = s.id >> 33
  left join session c on c.id = (s.id >> 33 << 32) + s.session
  left join target t on t.id = s.target
where w.touched is not null;
)sql";
constexpr const char* kNoTouchedView = R"sql(
create temp view touched as select null as call, null as at, null as session, null as client, null as server,
  null as tool, null as kind, null as name, null as op, null as outcome where 0;
)sql";

// `cleared` is the time when a user ended the finding; null while the finding is active.
constexpr const char* kFindingsView = R"sql(
create temp view findings as select
  printf('%d-%d', f.id >> 32, f.id & 4294967295) as id,
  strftime('%Y-%m-%dT%H:%M:%S', f.at / 1000000, 'unixepoch') || printf('.%06dZ', f.at % 1000000) as at,
  case f.level when 1 then 'soft' else 'hard' end as level, 'R' || f.rule as rule,
  printf('%d-%d', f.id >> 32, f.session) as session, printf('%d-%d', f.id >> 32, f.call) as call,
  f.agent as client, f.server as server, f.tool as tool, f.summary as summary, f.step as step,
  (select json_group_array(printf('%d-%d', f.id >> 32, j.value)) from json_each(f.evidence) j) as evidence,
  strftime('%Y-%m-%dT%H:%M:%S', e.at / 1000000, 'unixepoch') || printf('.%06dZ', e.at % 1000000) as cleared
from finding f left join finding_end e on e.id = (select max(id) from finding_end where finding = f.id);
)sql";
constexpr const char* kNoFindingsView = R"sql(
create temp view findings as select null as id, null as at, null as level, null as rule, null as session,
  null as call, null as client, null as server, null as tool, null as summary, null as step, null as evidence,
  null as cleared where 0;
)sql";

// Returns the numbers of the runs whose process lives. The record alone does not show this: if a
// gate process was killed, its run has no end until the next gate process writes one.
Result<std::string> live_runs(sqlite3* db, const std::string& path) {
  auto statement = Statement::prepare(
      db, path, "select id, pid, pid_start, boot_id from run where ended is null");
  if (!statement) return statement.error();
  std::string ids;
  int rc = SQLITE_ROW;
  while ((rc = statement->step()) == SQLITE_ROW)
    if (process_lives(statement->integer(1), statement->text(2), statement->text(3)))
      ids += (ids.empty() ? "" : ",") + std::to_string(statement->integer(0));
  statement->reset();
  if (rc != SQLITE_DONE) return database_error(db, rc, path);
  return ids;
}

void replace_all(std::string& text, std::string_view place, const std::string& by) {
  for (size_t at = 0; (at = text.find(place, at)) != std::string::npos; at += by.size())
    text.replace(at, place.size(), by);
}

}  // namespace

Status stand_in_for_answers(sqlite3* db, const std::string& path) {
  const auto there = has_column(db, path, "answer", "action");
  if (!there) return there.error();
  return *there ? Status() : execute(db, path, kNoAnswers);
}

// Reads which columns the record has. In the views, a column that an older record lacks is null.
Result<std::string> view_statements(sqlite3* db, const std::string& path) {
  if (auto s = stand_in_for_answers(db, path); !s) return s.error();
  std::string text = kViews;
  const auto put = [&](std::string_view place, const char* table, const char* column,
                       const std::string& alias) -> Status {
    const auto there = has_column(db, path, table, column);
    if (!there) return there.error();
    replace_all(text, place, *there ? alias + "." + column : "null");
    return {};
  };
  if (auto s = put("ROUNDS", "event", "rounds", "e"); !s) return s.error();
  if (auto s = put("EARLIER", "event", "earlier", "e"); !s) return s.error();
  if (auto s = put("ACCOUNT", "target", "account", "t"); !s) return s.error();
  const auto late = has_column(db, path, "late_answer", "outcome");
  if (!late) return late.error();
  if (!*late) text.insert(0, kNoLateAnswers);
  constexpr std::pair<const char*, const char*> kObserved[] = {
      {"CLIENT_START", "client_start"}, {"CLIENT_CWD", "client_cwd"},
      {"CLIENT_USER", "client_user"},   {"CLIENT_PARENTS", "client_parents"},
      {"CLIENT_PEER", "peer"},          {"CLIENT_TOKEN", "token"}};
  for (const auto& [place, column] : kObserved)
    if (auto s = put(place, "session", column, "s"); !s) return s.error();
  const auto touched = has_column(db, path, "event", "touched");
  if (!touched) return touched.error();
  // The same migration added the columns for touched items and the table of findings.
  text.append(kQuestionsView)
      .append(*touched ? kTouchedView : kNoTouchedView)
      .append(*touched ? kFindingsView : kNoFindingsView);
  const auto live = live_runs(db, path);
  if (!live) return live.error();
  replace_all(text, "LIVE_RUNS", *live);
  return text;
}

}  // namespace callgate
