// Rule "dead-end": dead ends, which are subjects that earlier sessions found missing or forbidden.
// One DeadEnds object keeps the dead ends of all agents of this process.
#pragma once

#include <array>
#include <unordered_map>
#include <vector>

#include "callgate/guard/call.h"
#include "callgate/guard/thresholds.h"
#include "callgate/record/finding.h"
#include "keys.h"

namespace callgate {

class DeadEnds {
 public:
  void load(const DeadEnd& dead_end);
  /// Returns a dead end that has not expired and that at least `sessions` sessions other than the
  /// call's session have run into; nullptr if there is no such dead end.
  const DeadEnd* known(const GuardCall& call, const CallKeys& keys, uint32_t sessions);
  /// Remembers the failure of a call that doesn't write. Returns how many other sessions had run
  /// into this dead end before.
  uint32_t failed(const GuardCall& call, const CallKeys& keys, AnswerKind kind, const Thresholds& t,
                  std::vector<DeadEndChange>& changes);
  void succeeded(const GuardCall& call, const CallKeys& keys, std::vector<DeadEndChange>& changes);
  /// Forgets dead ends, of any agent and server, that may exist now because a call wrote: dead ends
  /// of a path that the call names, of a path directly inside it, and of its folder.
  void written(Value args, std::vector<DeadEndChange>& changes);
  std::vector<DeadEndChange> server_changed(std::string_view server);
  /// Forgets the dead ends with that key that were last found at the time `at` or before.
  std::vector<DeadEndChange> forget(uint64_t key, Micros at);
  bool remembers(const GuardCall& call, const CallKeys& keys) const {
    return known_.contains(slot_of(call, keys));
  }
  size_t size() const { return known_.size(); }

  /// The key of the agent's name, the server, the tool and the subject. Agents of the same name
  /// have equal keys, even if they are different clients.
  static uint64_t key_of(const GuardCall& call, const CallKeys& keys);
  static uint64_t key_of(const DeadEnd& dead_end);

 private:
  struct Entry {
    DeadEnd value;
    std::array<uint32_t, 4> found_by{};  ///< the latest few sessions of this process that found it
    uint32_t found = 0;
    bool was_found_by(uint32_t session) const;
  };
  using Map = std::unordered_map<uint64_t, Entry>;
  void insert(uint64_t key, Entry entry);
  Map::iterator erase(Map::iterator at);
  void make_room();
  /// The key in `known_`. In contrast to key_of(), it also depends on the token or program in the
  /// agent's memory key. So it differs for different clients that claim the same name.
  static uint64_t slot_of(const GuardCall& call, const CallKeys& keys);
  static uint64_t slot_of(const DeadEnd& dead_end);

  Map known_;
  /// Maps the hash of a subject's path, and the hash of the path's folder, to keys in `known_`.
  std::unordered_multimap<uint64_t, uint64_t> by_path_;
};

}  // namespace callgate
