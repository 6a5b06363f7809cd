#include "run_cursor.h"

#include <algorithm>
#include <iterator>

#include "store/filed/text_blocks.h"

namespace callgate {

namespace {

constexpr size_t kLargestPiece = 4096;

bool narrows(const HistoryFilter& f) {
  return !f.servers.empty() || !f.accounts.empty() || !f.tools.empty() || !f.clients.empty() ||
         !f.profiles.empty() || !f.sessions.empty() || !f.outcomes.empty();
}

}  // namespace

Result<RunCursor> RunCursor::within(RecordReader& reader, uint32_t run, const Bounds& b) {
  RunCursor cursor;
  cursor.begin = started_id(run, 1);
  const auto last = reader.last_of(run);
  if (!last) return last.error();
  cursor.end = *last;
  const auto from = [&](int64_t at) -> Status {
    const auto id = reader.first_at(run, at);
    if (!id) return id.error();
    cursor.begin = std::max(cursor.begin, *id);
    return {};
  };
  const auto below = [&](int64_t at) -> Status {
    const auto id = reader.first_at(run, at);
    if (!id) return id.error();
    cursor.end = std::min(cursor.end, *id - 2);
    return {};
  };
  Status status;
  if (b.since) status = from(*b.since);
  if (status && b.until) status = below(*b.until + 1);
  if (status && b.after) {
    if (run_of(b.after->id) == run) {
      cursor.begin = std::max(cursor.begin, b.after->id + 2);
    } else {
      status = from(run > run_of(b.after->id) ? b.after->at : b.after->at + 1);
    }
  }
  if (status && b.before) {
    if (run_of(b.before->id) == run) {
      cursor.end = std::min(cursor.end, b.before->id - 2);
    } else {
      status = below(run > run_of(b.before->id) ? b.before->at : b.before->at + 1);
    }
  }
  if (!status) return status.error();
  return cursor;
}

// Reads the sets of all blocks of the run. Each has 8 KiB, for at most 512 calls or about 128 KiB
// of text. The sets do not have the texts of late answers, so calls with a late answer are always
// read.
Status RunCursor::find_text_blocks(RecordReader& reader, const std::string& grep) {
  asked_text_blocks_ = true;
  const TrigramPattern pattern(grep);
  if (!reader.text_blocks.get() || !pattern.excludes()) return {};
  const uint32_t run = run_of(begin);
  const auto late = reader.calls_with_late_answer(run);
  if (!late) return late.error();
  Statement& rows = reader.text_blocks;
  rows.bind(1, started_id(run, 0)).bind(2, last_id(run));
  std::vector<CallNumber> others;
  int rc = SQLITE_ROW;
  while ((rc = rows.step()) == SQLITE_ROW) {
    const CallNumber first = call_of(rows.integer(0));
    const auto last = static_cast<CallNumber>(rows.integer(1));
    if (pattern.may_be_in(rows.view(3)) || !unpack_calls(first, rows.view(2), others)) continue;
    others.insert(others.end(), std::lower_bound(late->begin(), late->end(), first),
                  std::upper_bound(late->begin(), late->end(), last));
    std::sort(others.begin(), others.end());
    CallNumber from = first;
    for (const CallNumber other : others) {
      if (other > from) without_.push_back({started_id(run, from), started_id(run, other - 1)});
      from = other + 1;
    }
    if (from <= last) without_.push_back({started_id(run, from), started_id(run, last)});
  }
  rows.reset();
  if (rc != SQLITE_DONE) return database_error(reader.db.get(), rc, reader.path);
  return {};
}

bool RunCursor::is_without(int64_t id) const {
  const auto after = std::upper_bound(without_.begin(), without_.end(), id,
                                      [](int64_t at, const Range& r) { return at < r.first; });
  return after != without_.begin() && id <= std::prev(after)->last;
}

void RunCursor::pass_without(bool up) {
  for (;;) {
    const int64_t at = up ? begin : end;
    const auto after = std::upper_bound(without_.begin(), without_.end(), at,
                                        [](int64_t id, const Range& r) { return id < r.first; });
    if (after == without_.begin() || at > std::prev(after)->last) return;
    up ? begin = std::prev(after)->last + 2 : end = std::prev(after)->first - 2;
    if (begin > end) return;
  }
}

Status RunCursor::fill(RecordReader& reader, const HistoryFilter& filter, bool up) {
  pairs_.clear();
  at_ = 0;
  if (!reader.has_filed || !narrows(filter)) rows_to_ = up ? end : begin;
  if (!filter.grep.empty() && !asked_text_blocks_)
    if (Status status = find_text_blocks(reader, filter.grep); !status) return status;
  while (pairs_.empty()) {
    Status status;
    if (next_picked_ == picked_.size()) pass_without(up);
    if (next_picked_ < picked_.size()) {
      status = read_picked(reader);
    } else if (begin > end) {
      break;
    } else if (rows_to_ && (up ? begin <= *rows_to_ : end >= *rows_to_)) {
      status = read_rows(reader, up);
    } else {
      status = find_stretch(reader, filter, up);
    }
    if (!status) return status;
  }
  piece_ = std::min(piece_ * 2, kLargestPiece);
  return {};
}

// If the next call is filed, puts the calls of its stretch that may match the filter into picked_.
// Otherwise sets rows_to_ to the last call before the next filed stretch.
Status RunCursor::find_stretch(RecordReader& reader, const HistoryFilter& filter, bool up) {
  const auto stretch = reader.stretch_near(begin, end, up);
  if (!stretch) return stretch.error();
  rows_to_ = up ? end : begin;
  if (!*stretch) return {};
  const int64_t first = std::max((*stretch)->id, begin), last = std::min((*stretch)->end(), end);
  if (up ? first > begin : last < end) {
    rows_to_ = up ? first - 2 : last + 2;
    return {};
  }
  picked_.clear();
  next_picked_ = 0;
  if (!reader.pick(**stretch, filter, first, last, picked_)) {
    rows_to_ = up ? last : first;  // the stretch is damaged, so its calls are read from `event`
    return {};
  }
  std::erase_if(picked_, [this](int64_t id) { return is_without(id); });
  if (!up) std::reverse(picked_.begin(), picked_.end());
  rows_to_.reset();
  (up ? begin : end) = up ? last + 2 : first - 2;
  return {};
}

Status RunCursor::read_picked(RecordReader& reader) {
  while (pairs_.size() < piece_ && next_picked_ < picked_.size()) {
    auto pair = reader.find(picked_[next_picked_++]);
    if (!pair) return pair.error();
    if (*pair) pairs_.push_back(std::move(**pair));
  }
  return {};
}

Status RunCursor::read_rows(RecordReader& reader, bool up) {
  int64_t first = up ? begin : std::max(begin, *rows_to_);
  int64_t last = up ? std::min(end, *rows_to_) : end;
  // The position is in no range of without_, because pass_without() has moved it. So the piece ends
  // before the next range.
  const auto next = std::upper_bound(without_.begin(), without_.end(), up ? first : last,
                                     [](int64_t id, const Range& r) { return id < r.first; });
  if (up && next != without_.end()) last = std::min(last, next->first - 2);
  if (!up && next != without_.begin()) first = std::max(first, std::prev(next)->last + 2);
  auto read = reader.read(first, last, piece_, up);
  if (!read) return read.error();
  pairs_ = std::move(*read);
  const bool all = pairs_.size() < piece_;
  if (up) {
    begin = all ? last + 2 : pairs_.back().id + 2;
  } else {
    end = all ? first - 2 : pairs_.back().id - 2;
  }
  return {};
}

}  // namespace callgate
