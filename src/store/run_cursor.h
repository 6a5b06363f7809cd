// Reads one run's calls within a range, piece by piece from one end: those that a filter may want.
#pragma once

#include "history_impl.h"

namespace callgate {

struct Bounds {
  std::optional<TimePlace> after, before;
  std::optional<int64_t> since, until;
};

class RunCursor {
 public:
  /// In the run of the bounding call its number counts, in other runs its time.
  static Result<RunCursor> within(RecordReader& reader, uint32_t run, const Bounds& bounds);

  /// Reads the next piece; done() is then true if there is none. Filed calls that the filter cannot
  /// want are left out. wanted() decides on the rest.
  Status fill(RecordReader& reader, const HistoryFilter& filter, bool up);
  bool done() const { return at_ == pairs_.size(); }
  const EventPair& call() const { return pairs_[at_]; }
  void pass() { ++at_; }
  TimePlace place() const { return {pairs_[at_].at, pairs_[at_].id}; }

  int64_t begin = 0, end = 0;  // the rest of the range

 private:
  static constexpr size_t kFirstPiece = 4;
  Status find_stretch(RecordReader& reader, const HistoryFilter& filter, bool up);
  Status read_rows(RecordReader& reader, bool up);
  Status read_picked(RecordReader& reader);

  size_t piece_ = kFirstPiece, at_ = 0;  // size of a piece, and position in it, in calls
  std::vector<EventPair> pairs_;
  std::vector<int64_t> picked_;  // picked calls of a stretch, in the requested order
  size_t next_picked_ = 0;
  std::optional<int64_t> rows_to_;  // up to here no call is filed
};

}  // namespace callgate
