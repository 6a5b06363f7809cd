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
  /// Returns a dead end that has not expired and that at least `sessions` sessions other than
  /// `call`'s have met; nullptr if there is none.
  const DeadEnd* known(const GuardCall& call, const CallKeys& keys, uint32_t sessions);
  /// Remembers that a call that doesn't write failed. Returns how many sessions had met the dead
  /// end before this one.
  uint32_t failed(const GuardCall& call, const CallKeys& keys, AnswerKind kind, const Thresholds& t,
                  std::vector<DeadEndChange>& changes);
  void succeeded(const GuardCall& call, const CallKeys& keys, std::vector<DeadEndChange>& changes);
  /// Forgets dead ends, of any agent and server, that a write may have ended: those of a path that
  /// the call names, of a path directly in it, and of its folder.
  void written(Value args, std::vector<DeadEndChange>& changes);
  std::vector<DeadEndChange> server_changed(std::string_view server);
  /// Forgets what was last met at `at` or before.
  std::vector<DeadEndChange> forget(uint64_t key, Micros at);
  bool remembers(const GuardCall& call, const CallKeys& keys) const {
    return known_.contains(slot_of(call, keys));
  }
  size_t size() const { return known_.size(); }

  /// The key of the agent's name, the server, the tool and the subject. Several agents of one name
  /// have equal keys.
  static uint64_t key_of(const GuardCall& call, const CallKeys& keys);
  static uint64_t key_of(const DeadEnd& dead_end);

 private:
  struct Entry {
    DeadEnd value;
    std::array<uint32_t, 4> met_by{};  ///< the latest few sessions of this run
    uint32_t met = 0;
    bool was_met_by(uint32_t session) const;
  };
  using Map = std::unordered_map<uint64_t, Entry>;
  void insert(uint64_t key, Entry entry);
  Map::iterator erase(Map::iterator at);
  void make_room();
  /// The key in `known_`, which differs for agents of one name that the rest of their memory key
  /// tells apart.
  static uint64_t slot_of(const GuardCall& call, const CallKeys& keys);
  static uint64_t slot_of(const DeadEnd& dead_end);

  Map known_;
  /// Keys in `known_` by the hash of the subject's path, and by that of its folder.
  std::unordered_multimap<uint64_t, uint64_t> by_path_;
};

}  // namespace callgate
