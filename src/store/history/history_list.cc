// Lists of calls: reads the calls of all runs in short pieces, merges them by time and applies the
// filter.
#include <algorithm>

#include "callgate/base/ascii.h"
#include "callgate/base/glob.h"
#include "history_impl.h"
#include "run_cursor.h"

namespace callgate {

namespace {

// Holds a read transaction for many small reads, and begins a new one after kSnapshot reads. A
// transaction for each read would cost more than the read itself, and a single transaction for the
// whole list would keep SQLite from reusing its write-ahead log.
class Snapshot {
 public:
  explicit Snapshot(RecordReader& reader) : reader_(reader) { reader_.begin_read.run(); }
  ~Snapshot() { reader_.end_read.run(); }
  void next() {
    if (++reads_ % kSnapshot != 0) return;
    reader_.end_read.run();
    reader_.begin_read.run();
  }

 private:
  static constexpr uint64_t kSnapshot = 1024;  // reads in one transaction
  RecordReader& reader_;
  uint64_t reads_ = 0;
};

}  // namespace

bool matches_any(const std::vector<std::string>& globs, std::string_view text) {
  return globs.empty() || std::any_of(globs.begin(), globs.end(),
                                      [&](const std::string& g) { return glob_matches(g, text); });
}

namespace {

Result<std::optional<TimePlace>> place_of(RecordReader& history, const std::string& id) {
  if (id.empty()) return std::optional<TimePlace>();
  const auto at = history.resolve(id);
  if (!at) return at.error();
  const auto pair = history.find(*at);
  if (!pair) return pair.error();
  if (!*pair)
    return Error{"history.no_call", "there is no call " + id, "see: callgate history list"};
  return std::optional<TimePlace>(TimePlace{(*pair)->at, (*pair)->id});
}

}  // namespace

// Sorts the runs by the time at which the merge can first meet their calls: by their beginning
// (oldest first) or by their end (newest first). Opens a run only when the merge reaches that time.
// So a list of the last fifty calls does not read thousands of old runs.
Status RecordReader::walk(const HistoryFilter& filter,
                          const std::function<Result<bool>(const EventPair&)>& visit) {
  const bool up = filter.oldest_first;
  Bounds bounds;
  if (filter.since) bounds.since = filter.since->count();
  if (filter.until) bounds.until = filter.until->count();
  const auto before = place_of(*this, filter.before);
  if (!before) return before.error();
  bounds.before = *before;
  const auto after = place_of(*this, filter.after);
  if (!after) return after.error();
  bounds.after = *after;
  forget_wanted();
  auto found = all_runs();
  if (!found) return found.error();
  std::vector<RunRow> waiting = std::move(*found);
  const auto edge = [up](const RunRow& r) { return up ? r.started : r.ended.value_or(INT64_MAX); };
  std::erase_if(waiting, [&](const RunRow& r) {
    return (bounds.since && r.ended && *r.ended < *bounds.since) ||
           (bounds.until && r.started > *bounds.until) ||
           (bounds.after && r.ended && *r.ended < bounds.after->at) ||
           (bounds.before && r.started > bounds.before->at);
  });
  // The last element is the run that is opened next.
  std::stable_sort(waiting.begin(), waiting.end(), [&](const RunRow& a, const RunRow& b) {
    return up ? edge(a) > edge(b) : edge(a) < edge(b);
  });
  const auto nearer = [up](const RunCursor& a, const RunCursor& b) {
    return up ? b.place() < a.place() : a.place() < b.place();
  };
  std::vector<RunCursor> open;  // a heap with the next call at its front
  Snapshot snapshot(*this);
  for (;;) {
    snapshot.next();
    while (!waiting.empty() &&
           (open.empty() || (up ? edge(waiting.back()) <= open.front().place().at
                                : edge(waiting.back()) >= open.front().place().at))) {
      const uint32_t run = waiting.back().id;
      waiting.pop_back();
      const auto wanted_run = has_wanted_session(run, filter);
      if (!wanted_run) return wanted_run.error();
      if (!*wanted_run) continue;
      auto cursor = RunCursor::within(*this, run, bounds);
      if (!cursor) return cursor.error();
      if (auto s = cursor->fill(*this, filter, up); !s) return s;
      if (cursor->done()) continue;
      open.push_back(std::move(*cursor));
      std::push_heap(open.begin(), open.end(), nearer);
    }
    if (open.empty()) return {};
    std::pop_heap(open.begin(), open.end(), nearer);
    RunCursor& next = open.back();
    const EventPair& pair = next.call();
    if (wanted(filter, pair)) {
      const auto more = visit(pair);
      if (!more) return more.error();
      if (!*more) return {};
    }
    if (next.pass(); next.done()) {
      if (auto s = next.fill(*this, filter, up); !s) return s;
    }
    if (next.done()) {
      open.pop_back();
    } else {
      std::push_heap(open.begin(), open.end(), nearer);
    }
  }
}

bool RecordReader::wanted(const HistoryFilter& filter, uint32_t run, const FiledKinds::Kind& kind) {
  if (kind.absent) return false;
  if (!filter.outcomes.empty()) {
    const Outcome outcome = outcome_of(run, kind.outcome);
    if (std::find(filter.outcomes.begin(), filter.outcomes.end(), outcome) == filter.outcomes.end())
      return false;
  }
  Wanted& of_target = wanted_targets[static_cast<uint64_t>(kind.target)];
  if (of_target == Wanted::Unknown)
    of_target = target_of(kind.target, filter).wanted ? Wanted::Yes : Wanted::No;
  if (of_target == Wanted::No) return false;
  Wanted& of_session = wanted_sessions.of(run, kind.session);
  if (of_session == Wanted::Unknown)
    of_session =
        session_of(numbered_id(run, kind.session), filter).wanted ? Wanted::Yes : Wanted::No;
  return of_session == Wanted::Yes;
}

bool RecordReader::wanted(const HistoryFilter& filter, const EventPair& pair) {
  const FiledKinds::Kind kind{.session = static_cast<uint32_t>(pair.session),
                              .target = pair.target,
                              .outcome = pair.outcome};
  if (!wanted(filter, run_of(pair.id), kind)) return false;
  if (filter.grep.empty()) return true;
  const auto contains = [&](std::string_view text) {
    return find_ignoring_case(text, filter.grep) != std::string_view::npos;
  };
  if (contains(pair.error) || contains(payload_of(pair.args).value_or("")) ||
      contains(payload_of(pair.result).value_or("")))
    return true;
  const auto late = late_answer_of(pair.id, true);
  return late && (contains(late->error) || contains(late->result));
}

Result<History::Page> History::list(const HistoryFilter& filter) {
  Page page;
  bool more = false;
  std::vector<int64_t> ids;
  const Status status = impl_->walk(filter, [&](const EventPair& pair) -> Result<bool> {
    if (filter.limit != 0 && page.calls.size() == filter.limit) {
      more = true;
      return false;
    }
    page.calls.push_back(impl_->row_of(pair, filter.bodies));
    ids.push_back(pair.id);
    return true;
  });
  if (!status) return status.error();
  if (auto s = impl_->add_findings(ids, page.calls); !s) return s.error();
  if (more) page.next = page.calls.back().id;
  return page;
}

}  // namespace callgate
