// Filed calls. Terms of the store:
// - A stretch is 512 consecutive calls of a run.
// - Filing copies the calls of a stretch, packed by columns, into one row of the table `filed`.
//   Filters and sums read `filed`, which is a thirtieth of the record, instead of `event`.
// - The kind of a call is its combination of session, target and outcome; the column `calls` has
//   it. The column `figures` has a call's times and sizes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/record/events.h"
#include "store/sqlite/schema.h"

namespace callgate {

/// The length of a stretch: calls 0 … 511 of a run are the first, 512 … 1023 the next. Measured
/// over a million calls: with half this length, lists are 20 ms slower; with twice this length, a
/// live run has twice as many calls that are not filed yet.
inline constexpr CallNumber kStretch = 512;
constexpr CallNumber stretch_of(CallNumber call) { return call / kStretch * kStretch; }

struct FiledCall {
  int64_t id = 0;  ///< the call's start in `event`
  int64_t at = 0;  ///< µs
  uint32_t session = 0;
  int64_t target = 0;
  Outcome outcome = Outcome::Pending;  ///< as in `event`; Pending if the call has no end there
  int64_t busy = 0;  ///< ns: the call's duration without the time that it waited for a person
  uint64_t args_bytes = 0, result_bytes = 0;
  /// The packed items that the call's start and end accessed; see packed_columns.h. A view into
  /// memory of the FiledSource that read the call, or of the argument of unpack().
  std::string_view touched;
};

/// A row of `filed`. It has no calls after `last`, even if the stretch has.
struct FiledRow {
  int64_t id = 0;  ///< the id of the stretch's first call, even if this call does not exist
  CallNumber last = 0;
  std::string calls, figures, touched;
};

/// One or more filed stretches, which are written in one transaction.
struct FiledBatch {
  std::vector<FiledRow> rows;
  std::vector<uint32_t> runs;  ///< ended runs of which all calls are filed
  bool empty() const { return rows.empty() && runs.empty(); }
};

/// Packs one or more calls of one stretch, which must be in ascending order.
FiledRow pack(const std::vector<FiledCall>& calls);

/// Session, target and outcome of each call of a stretch. Most filters need only these to decide
/// which of the calls match.
class FiledKinds {
 public:
  /// A combination of session, target and outcome that occurs in the stretch.
  struct Kind {
    uint32_t session = 0;
    int64_t target = 0;
    Outcome outcome{};
    bool absent = false;  ///< the run has no call with this number
  };
  /// Reads the column `calls` of the row (`id`, `last`). `calls` must outlive this object. Returns
  /// false if the column is damaged.
  bool read(int64_t id, CallNumber last, std::string_view calls);
  const std::vector<Kind>& kinds() const { return kinds_; }
  size_t count() const { return count_; }
  /// The kind of the stretch's call number `place` (0 is the first), which must be below count().
  const Kind& of(size_t place) const { return kinds_[number(place)]; }
  size_t number(size_t place) const {
    const auto byte = [this](size_t at) { return static_cast<uint8_t>(places_[at]); };
    return wide_ ? byte(2 * place) | size_t{byte(2 * place + 1)} << 8 : byte(place);
  }

 private:
  // The sessions and targets of the stretch. The packed kinds refer to them by their index.
  std::vector<uint32_t> sessions_;
  std::vector<int64_t> targets_;
  std::vector<Kind> kinds_;
  // For each call the index of its kind in kinds_: one byte, or two if `wide_`.
  std::string_view places_;
  size_t count_ = 0;
  bool wide_ = false;
};

/// Unpacks the columns of a filed stretch into `kinds` and `into`. Returns false if a column is
/// damaged. In the result, FiledCall::touched are views into the argument `touched`; without it,
/// they are empty.
bool unpack(int64_t id, CallNumber last, std::string_view calls, std::string_view figures,
            std::optional<std::string_view> touched, FiledKinds& kinds,
            std::vector<FiledCall>& into);

}  // namespace callgate
