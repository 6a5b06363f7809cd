// Reads the calls of one run within a range of ids that may match a filter. Reads them piece by
// piece, from the beginning of the range (`up`) or from its end.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "history_impl.h"

namespace callgate {

struct Bounds {
  std::optional<TimePlace> after, before;
  std::optional<int64_t> since, until;
};

class RunCursor {
 public:
  /// Returns a cursor over the run's calls within `bounds`. Bounds::after and
  /// Bounds::before are calls. Other calls are compared with them by number within the same run,
  /// and by time in other runs.
  static Result<RunCursor> within(RecordReader& reader, uint32_t run, const Bounds& bounds);

  /// Reads the next piece. Afterwards done() is true if no calls are left. Leaves out filed calls
  /// whose kind does not match the filter. The caller must check the others with
  /// RecordReader::wanted().
  Status fill(RecordReader& reader, const HistoryFilter& filter, bool up);
  bool done() const { return at_ == pairs_.size(); }
  const EventPair& call() const { return pairs_[at_]; }
  void pass() { ++at_; }
  TimePlace place() const { return {pairs_[at_].at, pairs_[at_].id}; }

  int64_t begin = 0, end = 0;  // ids: the part of the range that is still to be read

 private:
  static constexpr size_t kFirstPiece = 4;
  /// Sets without_, for the text `grep`.
  Status find_text_blocks(RecordReader& reader, const std::string& grep);
  /// Moves `begin` (`up`) or `end` past the ranges of without_, so that the next call is in none.
  void pass_without(bool up);
  bool is_without(int64_t id) const;
  Status find_stretch(RecordReader& reader, const HistoryFilter& filter, bool up);
  Status read_rows(RecordReader& reader, bool up);
  Status read_picked(RecordReader& reader);

  // In calls: the size of the next piece, and the position in the current one.
  size_t piece_ = kFirstPiece, at_ = 0;
  std::vector<EventPair> pairs_;
  // The ids of the calls of one stretch that may match the filter, in the order of reading.
  std::vector<int64_t> picked_;
  size_t next_picked_ = 0;
  // If set, calls from the current position to this id are not filed and are read from `event`.
  std::optional<int64_t> rows_to_;
  // Ascending ranges of the ids of calls that cannot contain HistoryFilter::grep.
  struct Range {
    int64_t first = 0, last = 0;
  };
  std::vector<Range> without_;
  bool asked_text_blocks_ = false;
};

}  // namespace callgate
