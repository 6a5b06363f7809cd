// What the guard knows beyond its process: dead ends of earlier sessions, calls of the day, pauses,
// and what people say of findings. In the record, read and written beside the loop.
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

/// Calls that the record at `path` has of the day of `now`, denied ones left out, of whoever shares
/// the day's budget with that memory_key(). Blocking.
Result<uint64_t> calls_of_day(const std::string& path, const std::string& key, Micros now);

/// Loop's thread.
class GuardMemory final : public GuardPort {
 public:
  /// `run`: this one's number in the record at `path`; 0: nothing is recorded, so nothing is read
  /// or kept either.
  GuardMemory(Loop& loop, std::string path, uint32_t run);

  /// Outlives this, and has it as its port.
  void serves(Gate& gate) { gate_ = &gate; }

  void recall(const std::string& client, const std::string& key) override;
  void pause(SessionNumber session, const std::string& because) override;
  /// With those pauses of ours that are not in the record yet; names of sessions are those of the
  /// record.
  std::vector<ClientState> with_pauses(std::vector<ClientState> states) const;
  /// Tells the gate which of its findings, and of any gate's of R5, people have ended since it was
  /// asked last.
  void read_ended(std::function<void(const Status&)> done);

 private:
  Loop& loop_;
  std::string path_;
  uint32_t run_;
  Gate* gate_ = nullptr;
  int64_t ended_ = 0;                 // the last end that was seen
  std::set<std::string> counted_;     // whose calls of today were asked for: ours are known
  std::vector<ClientState> pausing_;  // being written, or could not be
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace callgate
