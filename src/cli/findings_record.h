// Runs the guard over the record: completed calls, in the order in which they ended.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "callgate/gate/guard_settings.h"
#include "callgate/store/findings.h"
#include "callgate/store/history.h"
#include "common.h"

namespace callgate {

struct CompletedCall {
  const CallRow& row;
  const Observation& seen;
  uint32_t in_session = 0;  ///< counts from 0
};

/// Feeds a guard with every completed call that matches the filter, and with every call that the
/// guard stopped at a dead end. Arguments are used as they are stored, with masks. So are answers,
/// except for the facts that the gate observed and the record kept.
class RecordReplay {
 public:
  using Sink = std::function<void(const CompletedCall&)>;
  /// `ended` are findings that a person has cleared or approved; each takes effect at its time
  /// `ended`. `settings` supplies the thresholds and exemptions.
  RecordReplay(const GuardSettings& settings, std::vector<FindingRow> ended);

  /// Calls `sink` for each call. The `evidence` of its findings holds numbers; id_of() returns the
  /// call ids. Errors come from `history`.
  Status run(History& history, HistoryFilter filter, const Sink& sink);
  const std::string& id_of(uint32_t call) const { return ids_.at(call); }
  /// The number of calls that were skipped because their arguments are cut or dropped.
  uint64_t left_out() const { return left_out_; }
  /// The number of calls with masked arguments or results. In the record, different masked values
  /// look the same.
  uint64_t masked() const { return masked_; }

 private:
  struct Session {
    uint32_t number = 0, calls = 0;
  };
  void observe(const CallRow& row, const Sink& sink);
  void end_until(Micros at);

  const GuardSettings& settings_;  // owned by the caller
  Guard guard_;
  Walker walker_;
  std::map<std::string, Session> sessions_;
  std::vector<std::string> ids_;
  std::vector<FindingRow> ended_;  // sorted by time, the earliest at the back
  uint64_t left_out_ = 0, masked_ = 0;
};

/// The guard's settings in the current configuration, as far as it can be read; else the defaults.
GuardSettings guard_settings(const Common& common);

}  // namespace callgate
