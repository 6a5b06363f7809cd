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
  const Observation& observation;
  uint32_t in_session = 0;  ///< the number of the call within its session, from 0
};

/// Passes to a guard each completed call that matches the filter, and each call that the guard
/// refused because of a dead end. Uses the arguments and answers from the record, where secrets are
/// masked. If the record also has facts about an answer, uses these facts instead of reading them
/// from the recorded answer.
class RecordReplay {
 public:
  using Sink = std::function<void(const CompletedCall&)>;
  /// `ended` are findings that a user has cleared or approved. The replay clears or approves each
  /// finding when it reaches the time FindingRow::ended. `settings` has the thresholds and
  /// exemptions.
  RecordReplay(const GuardSettings& settings, std::vector<FindingRow> ended);

  /// Runs `sink` for each call. Finding::evidence then has numbers of calls within the replay;
  /// id_of() returns the ids of these calls. Errors are those of `history`.
  Status run(History& history, HistoryFilter filter, const Sink& sink);
  const std::string& id_of(uint32_t call) const { return ids_.at(call); }
  /// The number of calls that the replay skipped because the record has their arguments only in
  /// part or not at all.
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
  std::vector<FindingRow> ended_;  // sorted by FindingRow::ended, the earliest last
  uint64_t left_out_ = 0, masked_ = 0;
};

/// Returns the guard's settings in the configuration. A setting that cannot be read has its
/// default.
GuardSettings guard_settings(const Common& common);

}  // namespace callgate
