// Opens the record for reading, and reads single calls.
#include "callgate/store/history.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>

#include "callgate/store/identity.h"
#include "history_impl.h"
#include "store/sqlite/typed_ids.h"
#include "views.h"

namespace callgate {

namespace {

constexpr std::chrono::seconds kQueryPatience{5};

constexpr std::string_view kPair =
    "select s.id, s.at, s.session, s.target, s.ruling, s.body, s.size, s.masked, e.id, e.at, "
    "e.outcome, e.duration,"
    " e.waited, e.error_code, e.error, e.body, e.size, e.masked, ";
constexpr std::string_view kPairFrom =
    " from event s left join event e on e.id = s.id + 1 where s.id ";

Error no_call(const std::string& id) {
  return {"history.no_call", fmt::format("there is no call {}", id), "see: callgate history list"};
}

bool exists(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0;
}

bool has_log(const std::string& path) {
  struct stat info {};
  return ::stat((path + "-wal").c_str(), &info) == 0 && info.st_size > 0;
}

bool parse(std::string_view text, int64_t& number) {
  const auto end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return !text.empty() && error == std::errc() && stop == end;
}

EventPair pair_of(const Statement& s) {
  EventPair p;
  p.id = s.integer(0);
  p.at = s.integer(1);
  p.session = s.integer(2);
  p.target = s.integer(3);
  p.ruling = s.integer(4);
  if (!s.is_null(5)) p.args = s.integer(5);
  p.args_bytes = static_cast<uint64_t>(s.integer(6));
  p.masked = static_cast<uint32_t>(s.integer(7) + s.integer(17));
  if (s.is_null(8)) return p;
  p.end_at = s.integer(9);
  p.outcome = static_cast<Outcome>(s.integer(10));
  p.duration = s.integer(11);
  p.waited = s.integer(12);
  if (!s.is_null(13)) p.error_code = s.integer(13);
  p.error = s.text(14);
  if (!s.is_null(15)) p.result = s.integer(15);
  p.result_bytes = static_cast<uint64_t>(s.integer(16));
  p.rounds = s.integer(18);
  p.earlier = s.integer(20);
  if (s.is_null(19)) return p;
  if (s.is_blob(19)) p.facts = s.text(19);
  p.observed = !p.facts.empty() || s.integer(19) != 0;
  return p;
}

}  // namespace

Result<std::unique_ptr<History>> History::open(const std::string& path) {
  if (!exists(path)) {
    return Error{"history.none", fmt::format("there is no record yet at {}", path),
                 "make a call through callgate first, or set CALLGATE_STATE"};
  }
  auto impl = std::make_unique<Impl>();
  impl->path = path;
  impl->patience = std::make_unique<Patience>();
  impl->patience->until = std::chrono::steady_clock::now() + kQueryPatience;
  const auto attempt = [&](OpenMode mode) -> Status {
    auto db = open_database(path, mode, impl->patience.get());
    if (!db) return db.error();
    impl->db = std::move(*db);
    impl->mode = mode;
    return check_schema(impl->db.get(), path);
  };
  Status opened = attempt(OpenMode::Read);
  const bool cannot_write = !opened && (opened.error().code == "record.read_only" ||
                                        opened.error().code == "record.open");
  if (cannot_write && ::access(path.c_str(), R_OK) == 0) {
    // To read the write-ahead log, SQLite must create a lock file next to it, which failed. Without
    // a log, no process is writing the record, so it can be read as an immutable file.
    if (has_log(path)) {
      return Error{
          "record.read_only",
          fmt::format("the record {} has a log, which can be read only if its folder is writable",
                      path),
          "copy callgate.db and callgate.db-wal to a folder that you can write to, and set "
          "CALLGATE_STATE to it"};
    }
    opened = attempt(OpenMode::Immutable);
  }
  if (!opened) return opened.error();
  if (auto s = impl->prepare(); !s) return s.error();
  return std::unique_ptr<History>(new History(std::move(impl)));
}

History::History(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
History::~History() = default;

Status RecordReader::prepare() {
  const auto rounds = has_column(db.get(), path, "event", "rounds");
  if (!rounds) return rounds.error();
  const auto seen = has_column(db.get(), path, "event", "seen");
  if (!seen) return seen.error();
  const auto earlier = has_column(db.get(), path, "event", "earlier");
  if (!earlier) return earlier.error();
  const auto account = has_column(db.get(), path, "target", "account");
  if (!account) return account.error();
  const std::string pair = std::string(kPair)
                               .append(*rounds ? "coalesce(e.rounds, 1), " : "1, ")
                               .append(*seen ? "e.seen, " : "null, ")
                               .append(*earlier ? "e.earlier" : "null")
                               .append(kPairFrom);
  const std::pair<Statement*, std::string> all[] = {
      {&begin_read, "begin"},
      {&end_read, "commit"},
      {&newer, pair + "between ?1 and ?2 and s.id % 2 = 0 order by s.id limit ?3"},
      {&older, pair + "between ?1 and ?2 and s.id % 2 = 0 order by s.id desc limit ?3"},
      {&one, pair + "= ?1"},
      {&last_in_run, "select id from event where id between ?1 and ?2 order by id desc limit 1"},
      {&first_from,
       "select id, at from event where id between ?1 and ?2 and id % 2 = 0 order by id limit 1"},
      {&target, std::string("select kind, server, tool, exposed, era, ") +
                    (*seen ? "read_only, " : "null, ") + (*account ? "account" : "''") +
                    " from target where id = ?"},
      {&session,
       "select client_name, client_version, client_exe, profile, client_pid from session where id "
       "= ?"},
      {&sessions_of_run, "select id from session where id between ?1 and ?2 limit ?3"},
      {&ruling, "select verdict, rule, because from ruling where id = ?"},
      {&payload, "select bytes from payload where id = ?"},
      {&runs, "select id, started, ended, pid, pid_start, boot_id from run order by id"}};
  for (const auto& [statement, sql] : all) {
    auto prepared = Statement::prepare(db.get(), path, sql);
    if (!prepared) return prepared.error();
    *statement = std::move(*prepared);
  }
  if (auto s = prepare_late(); !s) return s;
  return prepare_filed();
}

Result<std::vector<RunRow>> RecordReader::all_runs() {
  std::vector<RunRow> found;
  int rc = SQLITE_ROW;
  live.clear();
  while ((rc = runs.step()) == SQLITE_ROW) {
    RunRow run{static_cast<uint32_t>(runs.integer(0)), runs.integer(1), std::nullopt};
    if (!runs.is_null(2)) run.ended = runs.integer(2);
    live[run.id] = !run.ended && process_lives(runs.integer(3), runs.text(4), runs.text(5));
    found.push_back(run);
  }
  runs.reset();
  if (rc != SQLITE_DONE) return database_error(db.get(), rc, path);
  return found;
}

Result<std::vector<EventPair>> RecordReader::read(int64_t begin, int64_t end, size_t count,
                                                  bool oldest_first) {
  std::vector<EventPair> pairs;
  Statement& s = oldest_first ? newer : older;
  s.bind(1, begin).bind(2, end).bind(3, static_cast<int64_t>(count));
  int rc = SQLITE_ROW;
  while ((rc = s.step()) == SQLITE_ROW) pairs.push_back(pair_of(s));
  s.reset();
  if (rc != SQLITE_DONE) return database_error(db.get(), rc, path);
  return pairs;
}

Result<std::optional<EventPair>> RecordReader::find(int64_t id) {
  std::optional<EventPair> found;
  const int rc = one.bind(1, id).step();
  if (rc == SQLITE_ROW) found = pair_of(one);
  one.reset();
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) return database_error(db.get(), rc, path);
  return found;
}

Result<int64_t> RecordReader::last_of(uint32_t run) {
  const int rc = last_in_run.bind(1, started_id(run, 0)).bind(2, last_id(run)).step();
  const int64_t last = rc == SQLITE_ROW ? last_in_run.integer(0) & ~int64_t{1} : started_id(run, 0);
  last_in_run.reset();
  if (rc != SQLITE_ROW && rc != SQLITE_DONE) return database_error(db.get(), rc, path);
  return last;
}

// A run numbers its calls in the order in which they start. Their times ascend, too (unless the
// clock was set back), so a binary search finds the first call at or after `at`.
Result<int64_t> RecordReader::first_at(uint32_t run, int64_t at) {
  const auto last = last_of(run);
  if (!last) return last.error();
  CallNumber low = 1, high = call_of(*last) + 1;
  // Most runs are completely before or after `at`, so the run's first and last call are checked
  // first.
  for (int look = 0; low < high; ++look) {
    const CallNumber middle = look == 0 ? low : look == 1 ? high - 1 : low + (high - low) / 2;
    const int rc = first_from.bind(1, started_id(run, middle)).bind(2, *last | 1).step();
    const bool early = rc == SQLITE_ROW && first_from.integer(1) < at;
    const CallNumber found = rc == SQLITE_ROW ? call_of(first_from.integer(0)) : 0;
    first_from.reset();
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) return database_error(db.get(), rc, path);
    if (early) {
      low = found + 1;
    } else {
      high = middle;
    }
  }
  return started_id(run, low);
}

Result<int64_t> RecordReader::resolve(const std::string& id) {
  if (!id.empty() && id[0] == '@') {
    int64_t back = 1;
    if (id != "@last" && (id.size() < 3 || id[1] != '-' ||
                          !parse(std::string_view(id).substr(2), back) || back < 1)) {
      return no_call(id);
    }
    HistoryFilter filter;
    std::optional<int64_t> found;
    const Status status = walk(filter, [&](const EventPair& pair) -> Result<bool> {
      if (--back == 0) found = pair.id;
      return back > 0;
    });
    if (!status) return status.error();
    if (!found) return no_call(id);
    return *found;
  }
  const auto typed = typed_id(id);
  if (!typed || typed->run >= (1u << 30)) return no_call(id);
  return started_id(typed->run, typed->number);
}

namespace {

// The questions of one call, and the answers of its client to questions that no server had asked.
constexpr const char* kQuestionsOfCall = R"sql(
select q.id, q.at, q.server, q.method, r.verdict, r.rule,
  (select bytes from payload where id = q.body), a.at, a.action, a.because,
  (select bytes from payload where id = a.body)
from question q left join ruling r on r.id = q.ruling left join answer a on a.id = q.id
where q.id between ?1 and ?2 and q.call = ?3
union all
select a.id, a.at, a.server, a.method, null, null, null, a.at, a.action, a.because,
  (select bytes from payload where id = a.body)
from answer a
where a.id between ?1 and ?2 and a.call = ?3
  and not exists (select 1 from question q where q.id = a.id)
order by 1
)sql";
}  // namespace

Result<CallRow> History::show(const std::string& id) {
  impl_->forget_wanted();
  if (const auto runs = impl_->all_runs(); !runs) return runs.error();
  const auto at = impl_->resolve(id);
  if (!at) return at.error();
  const auto pair = impl_->find(*at);
  if (!pair) return pair.error();
  if (!*pair) return no_call(id);
  std::vector<CallRow> rows{impl_->row_of(**pair, true)};
  if (auto s = impl_->add_findings({*at}, rows); !s) return s.error();
  return std::move(rows.front());
}

Result<std::vector<QuestionRow>> History::questions(const std::string& call_id) {
  const auto at = impl_->resolve(call_id);
  if (!at) return at.error();
  if (auto s = stand_in_for_answers(impl_->db.get(), impl_->path); !s) return s.error();
  auto rows = Statement::prepare(impl_->db.get(), impl_->path, kQuestionsOfCall);
  if (!rows) return rows.error();
  const uint32_t run = run_of(*at);
  rows->bind(1, numbered_id(run, 0)).bind(2, numbered_id(run, ~0u)).bind(3, call_of(*at));
  std::vector<QuestionRow> found;
  int rc = SQLITE_ROW;
  while ((rc = rows->step()) == SQLITE_ROW) {
    QuestionRow row{.id = typeable(run, static_cast<uint32_t>(rows->integer(0))),
                    .at = Micros(rows->integer(1)),
                    .server = rows->text(2),
                    .method = rows->text(3),
                    .decision = std::nullopt,
                    .rule = rows->text(5),
                    .params = rows->text(6),
                    .answered = Micros(rows->integer(7)),
                    .answer = rows->text(8),
                    .answer_because = rows->text(9),
                    .response = rows->text(10)};
    if (!rows->is_null(4)) row.decision = static_cast<Permission>(rows->integer(4));
    found.push_back(std::move(row));
  }
  if (rc != SQLITE_DONE) return database_error(impl_->db.get(), rc, impl_->path);
  return found;
}

}  // namespace callgate
