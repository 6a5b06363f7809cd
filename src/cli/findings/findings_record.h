// Runs the guard over the completed calls in the record, in the order in which they ended.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "callgate/gate/guard_settings.h"
#include "callgate/store/findings.h"
#include "callgate/store/history.h"
#include "cli/text/common.h"

namespace callgate {

struct CompletedCall {
  const CallRow& row;
  const Observation& seen;
  uint32_t in_session = 0;  ///< the number of the call within its session, from 0
};

/// Passes to a guard each completed call that matches the filter, and each call that the guard
/// stopped at a dead end. Uses arguments and answers as the record has them, where secrets are
/// masked. For facts about an answer that the record has separately, uses these.
class RecordReplay {
 public:
  using Sink = std::function<void(const CompletedCall&)>;
  /// `ended` are findings that a user has cleared or approved. The replay applies each of them when
  /// it reaches FindingRow::ended. `settings` has the thresholds and exemptions.
  RecordReplay(const GuardSettings& settings, std::vector<FindingRow> ended);

  /// Calls `sink` for each call. Finding::evidence then has numbers of calls within the replay;
  /// id_of() returns their ids. Errors are those of `history`.
  Status run(History& history, HistoryFilter filter, const Sink& sink);
  const std::string& id_of(uint32_t call) const { return ids_.at(call); }
  /// The number of calls that the replay skipped, because their arguments were cut or dropped.
  uint64_t left_out() const { return left_out_; }
  /// The number of calls with masked arguments or results. Different values look the same when they
  /// are masked, so the guard may take different calls for equal ones.
  uint64_t masked() const { return masked_; }

 private:
  struct Session {
    uint32_t number = 0, calls = 0;
  };
  void observe(const CallRow& row, const Sink& sink);
  void end_until(Micros at);

  const GuardSettings& settings_;  // must outlive this object
  Guard guard_;
  Walker walker_;
  std::map<std::string, Session> sessions_;
  std::vector<std::string> ids_;
  std::vector<FindingRow> ended_;  // sorted by the time of their end, the earliest last
  uint64_t left_out_ = 0, masked_ = 0;
};

/// Returns the guard's settings in the configuration. Settings that cannot be read have their
/// defaults.
GuardSettings guard_settings(const Common& common);

}  // namespace callgate
