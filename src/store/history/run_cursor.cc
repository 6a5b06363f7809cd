#include "run_cursor.h"

#include <algorithm>

namespace callgate {

namespace {

constexpr size_t kLargestPiece = 4096;

bool narrows(const HistoryFilter& f) {
  return !f.servers.empty() || !f.tools.empty() || !f.clients.empty() || !f.profiles.empty() ||
         !f.sessions.empty() || !f.outcomes.empty();
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

Status RunCursor::fill(RecordReader& reader, const HistoryFilter& filter, bool up) {
  pairs_.clear();
  at_ = 0;
  if (!reader.has_filed || !narrows(filter)) rows_to_ = up ? end : begin;
  while (pairs_.empty()) {
    Status status;
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
  const int64_t first = up ? begin : std::max(begin, *rows_to_);
  const int64_t last = up ? std::min(end, *rows_to_) : end;
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
