// Lists: the runs' calls merged by time, read in short pieces, judged by the filter.
#include <algorithm>

#include "history_impl.h"

namespace callgate {

namespace {

constexpr size_t kFirstPiece = 4, kLargestPiece = 4096;  // calls of one read; it doubles

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool contains(std::string_view text, std::string_view lowered) {
  return std::search(text.begin(), text.end(), lowered.begin(), lowered.end(),
                     [](char a, char b) { return lower(a) == b; }) != text.end();
}

bool matches(std::string_view glob, std::string_view text) {
  size_t g = 0, t = 0, star = std::string_view::npos, from = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      from = t;
    } else if (g < glob.size() && (glob[g] == '?' || glob[g] == text[t])) {
      ++g;
      ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++from;
    } else {
      return false;
    }
  }
  while (g < glob.size() && glob[g] == '*') ++g;
  return g == glob.size();
}

// One run's calls within [begin, end], a piece at a time, from one side.
struct RunCursor {
  int64_t begin = 0, end = 0;
  size_t piece = kFirstPiece, at = 0;
  std::vector<EventPair> pairs;
  Status fill(RecordReader& history, bool oldest_first) {
    pairs.clear();
    at = 0;
    if (begin > end) return {};
    auto read = history.read(begin, end, piece, oldest_first);
    if (!read) return read.error();
    pairs = std::move(*read);
    piece = std::min(piece * 2, kLargestPiece);
    if (pairs.empty()) {
      begin = end + 1;
    } else if (oldest_first) {
      begin = pairs.back().id + 2;
    } else {
      end = pairs.back().id - 2;
    }
    return {};
  }
  bool done() const { return at == pairs.size(); }
  TimePlace place() const { return {pairs[at].at, pairs[at].id}; }
};

// Takes one snapshot for many small reads, and a new one from time to time: a lock for each would
// cost more than the read, and one for all would hold the log back.
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
  static constexpr uint64_t kSnapshot = 1024;  // calls
  RecordReader& reader_;
  uint64_t reads_ = 0;
};

struct Bounds {
  std::optional<TimePlace> after, before;
  std::optional<int64_t> since, until;
};

}  // namespace

bool matches_any(const std::vector<std::string>& globs, std::string_view text) {
  return globs.empty() || std::any_of(globs.begin(), globs.end(),
                                      [&](const std::string& g) { return matches(g, text); });
}

namespace {

// Narrows a run's range to the bounds. Within the bounding call's own run the number counts, in
// others the time.
Result<RunCursor> cursor_of(RecordReader& history, const RunRow& run, const Bounds& b) {
  RunCursor cursor;
  cursor.begin = started_id(run.id, 1);
  const auto last = history.last_of(run.id);
  if (!last) return last.error();
  cursor.end = *last;
  const auto from = [&](int64_t at) -> Status {
    const auto id = history.first_at(run.id, at);
    if (!id) return id.error();
    cursor.begin = std::max(cursor.begin, *id);
    return {};
  };
  const auto below = [&](int64_t at) -> Status {
    const auto id = history.first_at(run.id, at);
    if (!id) return id.error();
    cursor.end = std::min(cursor.end, *id - 2);
    return {};
  };
  Status status;
  if (b.since) status = from(*b.since);
  if (status && b.until) status = below(*b.until + 1);
  if (status && b.after) {
    if (run_of(b.after->id) == run.id) {
      cursor.begin = std::max(cursor.begin, b.after->id + 2);
    } else {
      status = from(run.id > run_of(b.after->id) ? b.after->at : b.after->at + 1);
    }
  }
  if (status && b.before) {
    if (run_of(b.before->id) == run.id) {
      cursor.end = std::min(cursor.end, b.before->id - 2);
    } else {
      status = below(run.id > run_of(b.before->id) ? b.before->at : b.before->at + 1);
    }
  }
  if (!status) return status.error();
  return cursor;
}

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

// Runs wait in the order of their outer edge (newest first: of their end) and are opened only when
// the merge has come that far: thousands of old runs cost a list of the last fifty nothing.
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
  targets.clear();  // judged by another filter
  sessions.clear();
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
  // The next to be opened is at the back.
  std::stable_sort(waiting.begin(), waiting.end(), [&](const RunRow& a, const RunRow& b) {
    return up ? edge(a) > edge(b) : edge(a) < edge(b);
  });
  const auto nearer = [up](const RunCursor& a, const RunCursor& b) {
    return up ? b.place() < a.place() : a.place() < b.place();
  };
  std::vector<RunCursor> open;  // a heap: the next call at its front
  Snapshot snapshot(*this);
  for (;;) {
    snapshot.next();
    while (!waiting.empty() &&
           (open.empty() || (up ? edge(waiting.back()) <= open.front().place().at
                                : edge(waiting.back()) >= open.front().place().at))) {
      auto cursor = cursor_of(*this, waiting.back(), bounds);
      if (!cursor) return cursor.error();
      waiting.pop_back();
      if (auto s = cursor->fill(*this, up); !s) return s;
      if (cursor->done()) continue;
      open.push_back(std::move(*cursor));
      std::push_heap(open.begin(), open.end(), nearer);
    }
    if (open.empty()) return {};
    std::pop_heap(open.begin(), open.end(), nearer);
    RunCursor& next = open.back();
    const EventPair& pair = next.pairs[next.at];
    if (wanted(filter, pair)) {
      const auto more = visit(pair);
      if (!more) return more.error();
      if (!*more) return {};
    }
    if (++next.at; next.done()) {
      if (auto s = next.fill(*this, up); !s) return s;
    }
    if (next.done()) {
      open.pop_back();
    } else {
      std::push_heap(open.begin(), open.end(), nearer);
    }
  }
}

bool RecordReader::wanted(const HistoryFilter& filter, const EventPair& pair) {
  if (!target_of(pair.target, filter).wanted) return false;
  const int64_t session_id = numbered_id(run_of(pair.id), static_cast<uint32_t>(pair.session));
  if (!session_of(session_id, filter).wanted) return false;
  if (!filter.outcomes.empty()) {
    Outcome outcome = pair.outcome;
    if (outcome == Outcome::Pending && !live[run_of(pair.id)]) outcome = Outcome::Lost;
    if (std::find(filter.outcomes.begin(), filter.outcomes.end(), outcome) == filter.outcomes.end())
      return false;
  }
  if (filter.grep.empty()) return true;
  std::string wanted_text = filter.grep;
  for (char& c : wanted_text) c = lower(c);
  return contains(pair.error, wanted_text) ||
         contains(payload_of(pair.args).value_or(""), wanted_text) ||
         contains(payload_of(pair.result).value_or(""), wanted_text);
}

Result<History::Page> History::list(const HistoryFilter& filter) {
  Page page;
  bool more = false;
  const Status status = impl_->walk(filter, [&](const EventPair& pair) -> Result<bool> {
    if (filter.limit != 0 && page.calls.size() == filter.limit) {
      more = true;
      return false;
    }
    page.calls.push_back(impl_->row_of(pair, filter.bodies));
    return true;
  });
  if (!status) return status.error();
  if (more) page.next = page.calls.back().id;
  return page;
}

}  // namespace callgate
