// What the guard remembers beyond its own process: dead ends of earlier sessions, the number of
// calls of the day, pauses, and which findings people have ended. It is kept in the record, and
// read and written off the loop's thread.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/gate/gate.h"
#include "callgate/io/loop.h"

namespace callgate {

/// Returns the number of calls, without denied ones, that the record at `path` has for the day of
/// `now`, from all clients that share the day's budget with this memory_key(). Blocking.
Result<uint64_t> calls_of_day(const std::string& path, const std::string& key, Micros now);

/// Used on the loop's thread.
class GuardMemory final : public GuardPort {
 public:
  /// `run` is the number of this run in the record at `path`. If it is 0, nothing is recorded, so
  /// nothing is read or kept either.
  GuardMemory(Loop& loop, std::string path, uint32_t run);

  /// Sets the gate, which uses this as its port. It must outlive this.
  void serves(Gate& gate) { gate_ = &gate; }

  void recall(const std::string& client, const std::string& key) override;
  void pause(SessionNumber session, const std::string& because) override;
  /// Returns `states` and those pauses of our sessions that are not in the record yet. Sessions are
  /// named as in the record.
  std::vector<ClientState> with_pauses(std::vector<ClientState> states) const;
  /// Reads which findings people have ended since the last call, and reports them to the gate:
  /// those of this run, and dead ends (R5) of any run.
  void read_ended(std::function<void(const Status&)> done);

 private:
  Loop& loop_;
  std::string path_;
  uint32_t run_;
  Gate* gate_ = nullptr;
  int64_t ended_ = 0;  // the last end that was read
  /// Budget keys whose calls of today were counted in the record; the gate counts later ones.
  std::set<std::string> counted_;
  std::vector<ClientState> pausing_;  // pauses that are being written or could not be written
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace callgate
