// One run's calls within a range, a piece at a time, from one side: those that a filter may want.
#pragma once

#include "history_impl.h"

namespace callgate {

struct Bounds {
  std::optional<TimePlace> after, before;
  std::optional<int64_t> since, until;
};

class RunCursor {
 public:
  /// Within the bounding call's own run the number counts, in others the time.
  static Result<RunCursor> within(RecordReader& reader, uint32_t run, const Bounds& bounds);

  /// Reads the next piece; done() then says that there is none. What is filed and cannot be wanted
  /// is left out, the rest is for wanted() to judge.
  Status fill(RecordReader& reader, const HistoryFilter& filter, bool up);
  bool done() const { return at_ == pairs_.size(); }
  const EventPair& call() const { return pairs_[at_]; }
  void pass() { ++at_; }
  TimePlace place() const { return {pairs_[at_].at, pairs_[at_].id}; }

  int64_t begin = 0, end = 0;  // what is left of the range

 private:
  static constexpr size_t kFirstPiece = 4;
  Status find_stretch(RecordReader& reader, const HistoryFilter& filter, bool up);
  Status read_rows(RecordReader& reader, bool up);
  Status read_picked(RecordReader& reader);

  size_t piece_ = kFirstPiece, at_ = 0;  // calls of one read
  std::vector<EventPair> pairs_;
  std::vector<int64_t> picked_;  // of a stretch, in the order asked for
  size_t next_picked_ = 0;
  std::optional<int64_t> rows_to_;  // as far as nothing is filed
};

}  // namespace callgate
