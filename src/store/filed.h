// Calls as they are filed: a stretch of a run's calls in one row, its columns side by side. Filters
// and sums read these rows, a thirtieth of the record, instead of `event`.
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
/// as long costs lists 20 ms more, twice as long doubles what of a live run is not filed yet.
inline constexpr CallNumber kStretch = 512;
constexpr CallNumber stretch_of(CallNumber call) { return call / kStretch * kStretch; }

struct FiledCall {
  int64_t id = 0;  ///< of its start
  int64_t at = 0;  ///< µs
  uint32_t session = 0;
  int64_t target = 0;
  Outcome outcome = Outcome::Pending;  ///< as the rows say: Pending has no end
  int64_t busy = 0;                    ///< ns: its duration without the wait for a person
  uint64_t args_bytes = 0, result_bytes = 0;
  std::string_view
      touched;  ///< of start and end; see packed_columns.h. Lies in what it was read from
};

/// A row of `filed`. Calls of the stretch that lie behind `last` are not filed.
struct FiledRow {
  int64_t id = 0;  ///< of the stretch's first call, whether there is such a call or not
  CallNumber last = 0;
  std::string calls, figures, touched;
};

/// What filing one or more stretches writes, in one transaction.
struct FiledBatch {
  std::vector<FiledRow> rows;
  std::vector<uint32_t> runs;  ///< they are over, and filed whole
  bool empty() const { return rows.empty() && runs.empty(); }
};

/// `calls`: one or more of one stretch, ascending.
FiledRow pack(const std::vector<FiledCall>& calls);

/// Who, what and how it ended, of each call of a stretch; nothing else need be read to judge them.
class FiledKinds {
 public:
  /// A kind is a combination that occurs.
  struct Kind {
    uint32_t session = 0;
    int64_t target = 0;
    Outcome outcome{};
    bool absent = false;  ///< there is no such call
  };
  /// False: these are no columns of such a stretch.
  /// `calls` outlives this.
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
  std::string_view places_;  // a kind's number a call: a byte, or two when there are many kinds
  size_t count_ = 0;
  bool wide_ = false;
};

/// All columns of a stretch; false if they are none. `touched` of the calls lies in the argument.
bool unpack(int64_t id, CallNumber last, std::string_view calls, std::string_view figures,
            std::string_view touched, std::vector<FiledCall>& into);

}  // namespace callgate
