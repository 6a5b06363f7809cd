// The record as the guard saw it, or would have: completed calls in the order of their ends.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "callgate/guard/guard.h"
#include "callgate/store/history.h"

namespace callgate {

struct CompletedCall {
  const CallRow& row;
  const Observation& seen;
  uint32_t in_session = 0;  ///< counts from 0
};

/// Has `guard` observe every completed call since then (empty: all), bodies as they are stored.
/// `sink` sees each; its findings' `evidence` are numbers that `id_of` tells the ids of.
class RecordReplay {
 public:
  using Sink = std::function<void(const CompletedCall&)>;
  explicit RecordReplay(Guard& guard) : guard_(guard) {}

  /// Errors: the history's.
  Status run(History& history, std::optional<Micros> since, const Sink& sink);
  const std::string& id_of(uint32_t call) const { return ids_.at(call); }

 private:
  struct Session {
    uint32_t number = 0, calls = 0;
  };
  void observe(const CallRow& row, const Sink& sink);

  Guard& guard_;
  Walker walker_;
  std::map<std::string, Session> sessions_;
  std::vector<std::string> ids_;
};

}  // namespace callgate
