// The guard's memory that outlives a gate process: dead ends of earlier sessions, the number of
// calls today, pauses, and the findings that people have ended. All of this is in the record. Other
// threads than the loop's read and write the record. (A dead end is a path, a URI or another
// reference for which an earlier session got "not found" or "denied".)
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/gate/gate.h"
#include "callgate/io/lifetime.h"
#include "callgate/io/loop.h"

namespace callgate {

/// Counts the calls in the record at `path` on the day of `now`. Counts the calls of all clients
/// that share a daily budget with the client whose memory_key() is `key`. Does not count denied
/// calls. Blocking.
Result<uint64_t> calls_of_day(const std::string& path, const std::string& key, Micros now);

/// Used on the loop's thread.
class GuardMemory final : public GuardPort {
 public:
  /// `run` is the number of this run in the record at `path`. If it is 0, the record is off, and
  /// this object neither reads nor writes anything.
  GuardMemory(Loop& loop, std::string path, uint32_t run);

  /// Sets the gate, which uses this object as its GuardPort. The gate must outlive this object.
  void serves(Gate& gate) { gate_ = &gate; }

  void recall(const std::string& client, const std::string& key) override;
  void pause(SessionNumber session, const std::string& because) override;
  /// Returns `states`, followed by those pauses of our sessions that have not been written to the
  /// record. The names of sessions are those of the record ("RUN-SESSION").
  std::vector<ClientState> with_pauses(std::vector<ClientState> states) const;
  /// Reads which findings people have ended since the last call of this function. Reports to the
  /// gate the ended findings of this run, and the ended dead ends (rule "dead-end") of all runs.
  void read_ended(std::function<void(const Status&)> done);

 private:
  Loop& loop_;
  std::string path_;
  uint32_t run_;
  Gate* gate_ = nullptr;
  int64_t ended_ = 0;  // the last row about an ended finding that was read
  /// Budget keys for which the record was read to count today's earlier calls. The gate itself
  /// counts the calls after that.
  std::set<std::string> counted_;
  std::set<std::string> asked_unanswered_;  // memory keys whose unanswered calls were read
  std::vector<ClientState> pausing_;  // pauses that are not in the record (yet)
  Lifetime lifetime_;
};

}  // namespace callgate
