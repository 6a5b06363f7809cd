// The record as the guard saw it, or would have: completed calls in the order of their ends.
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

/// Has a guard observe every completed call that the filter wants, and stop at those it stopped at
/// for a dead end: answers as they were seen where
/// the record kept that, else as they are stored; arguments as they are stored, with masks.
class RecordReplay {
 public:
  using Sink = std::function<void(const CompletedCall&)>;
  /// `ended`: findings that a person has dealt with, and from when on that counts. The guard's
  /// thresholds and exemptions are those of `settings`.
  RecordReplay(const GuardSettings& settings, std::vector<FindingRow> ended);

  /// `sink` sees each call; its findings' `evidence` are numbers that `id_of` tells the ids of.
  /// Errors: the history's.
  Status run(History& history, HistoryFilter filter, const Sink& sink);
  const std::string& id_of(uint32_t call) const { return ids_.at(call); }
  /// Calls whose arguments are cut or dropped: they were not observed again.
  uint64_t left_out() const { return left_out_; }
  /// Calls with masked arguments or results: to the record, all that is masked is the same.
  uint64_t masked() const { return masked_; }

 private:
  struct Session {
    uint32_t number = 0, calls = 0;
  };
  void observe(const CallRow& row, const Sink& sink);
  void end_until(Micros at);

  const GuardSettings& settings_;  // the caller's
  Guard guard_;
  Walker walker_;
  std::map<std::string, Session> sessions_;
  std::vector<std::string> ids_;
  std::vector<FindingRow> ended_;  // the next one is at the back
  uint64_t left_out_ = 0, masked_ = 0;
};

/// What the configuration of these places says today; one that is no good says nothing.
GuardSettings guard_settings(const Common& common);

}  // namespace callgate
