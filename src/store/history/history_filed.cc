// Reads filed calls (see filed.h): selects the calls that may match a filter, for lists, and visits
// all calls that match, for sums.
#include <algorithm>

#include "callgate/base/ascii.h"
#include "run_cursor.h"
#include "store/sqlite/typed_ids.h"

namespace callgate {

namespace {

// How many stretches one read transaction reads. During a transaction, SQLite cannot reuse its
// write-ahead log, so transactions are kept short.
constexpr size_t kAtOnce = 64;

Result<bool> has_table(sqlite3* db, const std::string& path, const char* table) {
  const auto count = query_integer(
      db, path, std::string("select count(*) from sqlite_schema where name = '") + table + "'");
  if (!count) return count.error();
  return *count > 0;
}

int64_t stretch_id(int64_t call) { return started_id(run_of(call), stretch_of(call_of(call))); }

}  // namespace

Status RecordReader::prepare_filed() {
  const auto there = has_table(db.get(), path, "filed");
  if (!there) return there.error();
  const auto finding = has_table(db.get(), path, "finding");
  if (!finding) return finding.error();
  const auto item = has_table(db.get(), path, "item");
  if (!item) return item.error();
  has_filed = *there;
  has_items = *item;
  has_findings = *finding;
  const auto prepare_one = [&](Statement& statement, const char* sql) -> Status {
    auto prepared = Statement::prepare(db.get(), path, sql);
    if (!prepared) return prepared.error();
    statement = std::move(*prepared);
    return {};
  };
  Status status = source.prepare(db.get(), path);
  if (status && has_filed)
    status = prepare_one(stretch_up,
                         "select id, last, calls from filed where id between ?1 and ?2 order by id "
                         "limit 1");
  if (status && has_filed)
    status = prepare_one(stretch_down,
                         "select id, last, calls from filed where id between ?1 and ?2 order by id "
                         "desc limit 1");
  if (status && has_filed)
    status = prepare_one(stretches,
                         "select id, last, calls, figures, null from filed where id between ?1 and "
                         "?2 order by id limit ?3");
  if (status && has_filed)
    status = prepare_one(stretches_touched,
                         "select id, last, calls, figures, touched from filed where id between ?1 "
                         "and ?2 order by id limit ?3");
  const auto blocks = has_table(db.get(), path, "text_block");
  if (!blocks) return blocks.error();
  if (status && *blocks)
    status = prepare_one(text_blocks,
                         "select id, last, others, trigrams from text_block where id between ?1 "
                         "and ?2 order by id");
  if (status && has_findings)
    status =
        prepare_one(findings, "select id, call, evidence from finding where id between ?1 and ?2");
  return status;
}

Result<std::optional<Stretch>> RecordReader::stretch_near(int64_t begin, int64_t end, bool up) {
  Statement& s = up ? stretch_up : stretch_down;
  int64_t from = stretch_id(begin);
  for (;; from += 2) {
    Stretch near;
    const int rc = s.bind(1, from).bind(2, end).step();
    if (rc == SQLITE_ROW) near = {s.integer(0), static_cast<CallNumber>(s.integer(1)), s.text(2)};
    s.reset();
    if (rc == SQLITE_DONE) return std::optional<Stretch>();
    if (rc != SQLITE_ROW) return database_error(db.get(), rc, path);
    if (near.end() >= begin) return std::optional<Stretch>(std::move(near));
    if (!up) return std::optional<Stretch>();
    // This stretch ends before `begin`, so try the next one.
  }
}

bool RecordReader::pick(const Stretch& stretch, const HistoryFilter& filter, int64_t first,
                        int64_t last, std::vector<int64_t>& ids) {
  if (!kinds.read(stretch.id, stretch.last, stretch.calls)) return false;
  const uint32_t run = run_of(stretch.id);
  std::vector<bool> is_wanted;
  bool any = false;
  for (const FiledKinds::Kind& kind : kinds.kinds()) {
    is_wanted.push_back(wanted(filter, run, kind));
    any = any || is_wanted.back();
  }
  if (!any) return true;
  for (int64_t id = first; id <= last; id += 2)
    if (is_wanted[kinds.number(static_cast<size_t>(id - stretch.id) / 2)]) ids.push_back(id);
  return true;
}

namespace {

// Returns the numbers of a JSON array of numbers.
std::vector<CallNumber> evidence_of(std::string_view json) {
  std::vector<CallNumber> calls;
  bool within = false;
  for (const char c : json) {
    const bool digit = is_digit(c);
    if (digit && !within) calls.push_back(0);
    if (digit) calls.back() = calls.back() * 10 + static_cast<CallNumber>(c - '0');
    within = digit;
  }
  return calls;
}

// Visits the calls of one run from the id `begin` to the id `end` that match the filter.
class RunScan {
 public:
  RunScan(RecordReader& reader, const HistoryFilter& filter, Columns columns,
          const std::function<void(const FiledCall&)>& visit, int64_t begin, int64_t end)
      : reader_(reader),
        filter_(filter),
        columns_(columns),
        visit_(visit),
        begin_(begin),
        end_(end) {}

  Status run() {
    for (bool more = reader_.has_filed && begin_ <= end_; more;) {
      const auto some = filed_ones();
      if (!some) return some.error();
      more = *some && begin_ <= end_;
    }
    return rows_to(end_);
  }

 private:
  // Visits the calls of the next kAtOnce stretches. Returns false if no stretch is left.
  Result<bool> filed_ones() {
    Statement& s = columns_ == Columns::Touched ? reader_.stretches_touched : reader_.stretches;
    s.bind(1, std::max(stretch_id(begin_), after_)).bind(2, end_);
    s.bind(3, static_cast<int64_t>(kAtOnce));
    int rc = SQLITE_ROW;
    size_t count = 0;
    Status status;
    while (status && (rc = s.step()) == SQLITE_ROW) {
      ++count;
      status = take(s);
    }
    s.reset();
    if (!status) return status.error();
    if (rc != SQLITE_DONE) return database_error(reader_.db.get(), rc, reader_.path);
    return count == kAtOnce;
  }

  // Visits the calls of one stretch, and before them the calls that are not filed. Skips a damaged
  // stretch; the next call of rows_to() then reads its calls from `event`.
  Status take(const Statement& s) {
    const int64_t id = s.integer(0);
    const auto last = static_cast<CallNumber>(s.integer(1));
    after_ = id + 2;
    if (id > begin_)
      if (Status status = rows_to(id - 2); !status) return status;
    FiledKinds& kinds = reader_.kinds;
    std::optional<std::string_view> touched;
    if (columns_ == Columns::Touched) touched = s.view(4);
    if (!unpack(id, last, s.view(2), s.view(3), touched, kinds, calls_)) return {};
    wanted_.clear();
    for (const FiledKinds::Kind& kind : kinds.kinds())
      wanted_.push_back(reader_.wanted(filter_, run_of(id), kind));
    for (const FiledCall& call : calls_) {
      if (call.id < begin_ || call.id > end_) continue;
      if (wanted_[kinds.number(static_cast<size_t>(call.id - id) / 2)] != 0) visit_(call);
    }
    begin_ = std::max(begin_, started_id(run_of(id), last) + 2);
    return {};
  }

  Status rows_to(int64_t last) {
    while (begin_ <= last) {
      const uint32_t run = run_of(begin_);
      const auto next = reader_.source.next(run, call_of(begin_));
      if (!next) return next.error();
      if (!*next || started_id(run, **next) > last) break;
      const CallNumber to = std::min(**next + kStretch - 1, call_of(last));
      auto read = reader_.source.read(run, **next, to);
      if (!read) return read.error();
      calls_ = std::move(*read);
      visit_all();
      begin_ = started_id(run, to) + 2;
    }
    begin_ = std::max(begin_, last + 2);
    return {};
  }

  void visit_all() {
    for (const FiledCall& call : calls_) {
      if (call.id < begin_ || call.id > end_) continue;
      const FiledKinds::Kind kind{
          .session = call.session, .target = call.target, .outcome = call.outcome};
      if (reader_.wanted(filter_, run_of(call.id), kind)) visit_(call);
    }
  }

  RecordReader& reader_;
  const HistoryFilter& filter_;
  const Columns columns_;
  const std::function<void(const FiledCall&)>& visit_;
  int64_t begin_, end_;          // the ids of the calls that are still to be visited
  int64_t after_ = 0;            // the next stretch to read has this id or a higher one
  std::vector<uint8_t> wanted_;  // by number of kind
  std::vector<FiledCall> calls_;
};

}  // namespace

Status RecordReader::scan(const HistoryFilter& filter, Columns columns,
                          const std::function<void(const FiledCall&)>& visit) {
  forget_wanted();
  const auto all = all_runs();
  if (!all) return all.error();
  Bounds bounds;
  if (filter.since) bounds.since = filter.since->count();
  if (filter.until) bounds.until = filter.until->count();
  for (const RunRow& run : *all) {
    if ((bounds.since && run.ended && *run.ended < *bounds.since) ||
        (bounds.until && run.started > *bounds.until))
      continue;
    const auto wanted_run = has_wanted_session(run.id, filter);
    if (!wanted_run) return wanted_run.error();
    if (!*wanted_run) continue;
    const auto range = RunCursor::within(*this, run.id, bounds);
    if (!range) return range.error();
    RunScan each(*this, filter, columns, visit, range->begin, range->end);
    if (Status status = each.run(); !status) return status;
  }
  return {};
}

// Reads all findings of each run that occurs in `ids`. These are few, and their evidence consists
// of calls of the same run.
Status RecordReader::add_findings(const std::vector<int64_t>& ids, std::vector<CallRow>& rows) {
  if (!has_findings) return {};
  std::unordered_map<int64_t, CallRow*> by_id;
  std::vector<uint32_t> of_runs;
  for (size_t i = 0; i < ids.size(); ++i) {
    by_id[ids[i]] = &rows[i];
    const uint32_t run = run_of(ids[i]);
    if (std::find(of_runs.rbegin(), of_runs.rend(), run) == of_runs.rend()) of_runs.push_back(run);
  }
  for (const uint32_t run : of_runs) {
    findings.bind(1, numbered_id(run, 0)).bind(2, numbered_id(run, ~0u));
    int rc = SQLITE_ROW;
    while ((rc = findings.step()) == SQLITE_ROW) {
      const std::string id = typeable(run, static_cast<uint32_t>(findings.integer(0)));
      const auto add = [&](CallNumber call) {
        const auto row = by_id.find(started_id(run, call));
        if (row == by_id.end()) return;
        std::vector<std::string>& known = row->second->findings;
        if (known.empty() || known.back() != id) known.push_back(id);
      };
      add(static_cast<CallNumber>(findings.integer(1)));
      for (const CallNumber call : evidence_of(findings.view(2))) add(call);
    }
    findings.reset();
    if (rc != SQLITE_DONE) return database_error(db.get(), rc, path);
  }
  return {};
}

}  // namespace callgate
