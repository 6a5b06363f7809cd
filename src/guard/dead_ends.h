// R5: what earlier sessions found missing or forbidden, for all agents of this process.
#pragma once

#include <array>
#include <unordered_map>
#include <vector>

#include "callgate/guard/guard.h"
#include "callgate/record/finding.h"
#include "keys.h"

namespace callgate {

class DeadEnds {
 public:
  void load(const DeadEnd& dead_end);
  /// A dead end that so many sessions but `call`'s have met and that hasn't expired; else null.
  const DeadEnd* known(const GuardCall& call, const CallKeys& keys, uint32_t sessions);
  /// A call that doesn't write failed: remembered. Returns the sessions that had met it before this
  /// one.
  uint32_t failed(const GuardCall& call, const CallKeys& keys, AnswerKind kind, const Thresholds& t,
                  std::vector<DeadEndChange>& changes);
  void succeeded(const GuardCall& call, const CallKeys& keys, std::vector<DeadEndChange>& changes);
  /// A write that names a path: what was missing there, right below it or as its folder may be
  /// there now, for any agent and server.
  void written(Value args, std::vector<DeadEndChange>& changes);
  std::vector<DeadEndChange> server_changed(std::string_view server);
  /// What was met at `at` or before; what was met since stays.
  std::vector<DeadEndChange> forget(uint64_t key, Micros at);
  bool remembers(const GuardCall& call, const CallKeys& keys) const {
    return known_.contains(slot_of(call, keys));
  }
  size_t size() const { return known_.size(); }

  /// Of the agent's name, server, tool and resource. Those of several agents of one name are equal.
  static uint64_t key_of(const GuardCall& call, const CallKeys& keys);
  static uint64_t key_of(const DeadEnd& dead_end);

 private:
  struct Entry {
    DeadEnd value;
    std::array<uint32_t, 4> met_by{};  ///< sessions of this run, the latest few
    uint32_t met = 0;
    bool was_met_by(uint32_t session) const;
  };
  using Map = std::unordered_map<uint64_t, Entry>;
  void insert(uint64_t key, Entry entry);
  Map::iterator erase(Map::iterator at);
  void make_room();
  /// Where it is in `known_`.
  static uint64_t slot_of(const GuardCall& call, const CallKeys& keys);
  static uint64_t slot_of(const DeadEnd& dead_end);

  Map known_;
  std::unordered_multimap<uint64_t, uint64_t>
      by_path_;  ///< of the resource and of its folder → key
};

}  // namespace callgate
