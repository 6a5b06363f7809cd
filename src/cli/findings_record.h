// The record as the guard saw it, or would have: completed calls in the order of their ends.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "callgate/guard/guard.h"
#include "callgate/store/findings.h"
#include "callgate/store/history.h"

namespace callgate {

struct CompletedCall {
  const CallRow& row;
  const Observation& seen;
  uint32_t in_session = 0;  ///< counts from 0
};

/// Has `guard` observe every completed call that the filter wants: answers as they were seen where
/// the record kept that, else as they are stored; arguments as they are stored, with masks.
class RecordReplay {
 public:
  using Sink = std::function<void(const CompletedCall&)>;
  /// `ended`: findings that a person has dealt with, and from when on that counts.
  explicit RecordReplay(Guard& guard, std::vector<FindingRow> ended = {});

  /// `sink` sees each call; its findings' `evidence` are numbers that `id_of` tells the ids of.
  /// Errors: the history's.
  Status run(History& history, HistoryFilter filter, const Sink& sink);
  const std::string& id_of(uint32_t call) const { return ids_.at(call); }

 private:
  struct Session {
    uint32_t number = 0, calls = 0;
  };
  void observe(const CallRow& row, const Sink& sink);
  void end_until(Micros at);

  Guard& guard_;
  Walker walker_;
  std::map<std::string, Session> sessions_;
  std::vector<std::string> ids_;
  std::vector<FindingRow> ended_;  // the next one is at the back
};

}  // namespace callgate
