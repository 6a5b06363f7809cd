// Filed calls. A stretch is 512 consecutive calls of a run. Filing packs a stretch into one row of
// the table `filed`, with its columns side by side. Filters and sums read these rows, which are a
// thirtieth of the record, instead of `event`.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/record/events.h"
#include "schema.h"

namespace callgate {

/// Calls 0 … 511 of a run are a stretch, 512 … 1023 the next. Measured over a million calls: half
/// this length makes lists 20 ms slower, and twice this length doubles how much of a live run is
/// not filed yet.
inline constexpr CallNumber kStretch = 512;
constexpr CallNumber stretch_of(CallNumber call) { return call / kStretch * kStretch; }

struct FiledCall {
  int64_t id = 0;  ///< id of the row of its start
  int64_t at = 0;  ///< µs
  uint32_t session = 0;
  int64_t target = 0;
  Outcome outcome = Outcome::Pending;  ///< as in the rows; Pending if the call has no end
  int64_t busy = 0;  ///< ns: its duration without the time that it waited for a person
  uint64_t args_bytes = 0, result_bytes = 0;
  /// What start and end touched; see packed_columns.h. A view into the data that it was read from.
  std::string_view touched;
};

/// A row of `filed`. Calls of the stretch after `last` are not filed.
struct FiledRow {
  int64_t id = 0;  ///< of the stretch's first call, even if there is no such call
  CallNumber last = 0;
  std::string calls, figures, touched;
};

/// What is written when one or more stretches are filed, in one transaction.
struct FiledBatch {
  std::vector<FiledRow> rows;
  std::vector<uint32_t> runs;  ///< runs that are over and completely filed
  bool empty() const { return rows.empty() && runs.empty(); }
};

/// Packs one or more calls of one stretch, which must be in ascending order.
FiledRow pack(const std::vector<FiledCall>& calls);

/// Session, target and outcome of each call of a stretch. Filters need nothing else to decide on
/// these calls.
class FiledKinds {
 public:
  /// A combination of session, target and outcome that occurs in the stretch.
  struct Kind {
    uint32_t session = 0;
    int64_t target = 0;
    Outcome outcome{};
    bool absent = false;  ///< there is no such call
  };
  /// Reads the column `calls`, which must outlive this object. Returns false if it is not a valid
  /// column of such a stretch.
  bool read(int64_t id, CallNumber last, std::string_view calls);
  const std::vector<Kind>& kinds() const { return kinds_; }
  size_t count() const { return count_; }
  /// The kind of the stretch's call at `place`, which is below count().
  const Kind& of(size_t place) const { return kinds_[number(place)]; }
  size_t number(size_t place) const {
    const auto byte = [this](size_t at) { return static_cast<uint8_t>(places_[at]); };
    return wide_ ? byte(2 * place) | size_t{byte(2 * place + 1)} << 8 : byte(place);
  }

 private:
  std::vector<Kind> kinds_;
  // For each call the number of its kind: one byte, or two if there are many kinds.
  std::string_view places_;
  size_t count_ = 0;
  bool wide_ = false;
};

/// Unpacks all columns of a stretch. Returns false if they are invalid. The calls' `touched` are
/// views into the argument `touched`.
bool unpack(int64_t id, CallNumber last, std::string_view calls, std::string_view figures,
            std::string_view touched, std::vector<FiledCall>& into);

}  // namespace callgate
