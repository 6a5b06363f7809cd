// Digests of lists as sessions see them. Lists with equal digests count as equal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "gate/state/state.h"

namespace callgate {

class Session;

class ListDigests {
 public:
  explicit ListDigests(const GateState& gate) : gate_(gate) {}

  /// Returns the digest of the list as sessions with this session's profile and workspace see it.
  size_t digest(const Session& session, ListKind kind);

 private:
  struct Known {
    // The catalog's generation and GateState::rules for which `digest` was computed, each plus 1.
    uint64_t generation = 0, rules = 0;
    size_t digest = 0;
  };

  const GateState& gate_;
  // By profile and workspace.
  std::map<std::tuple<std::string, WorkspaceNumber, ListKind>, Known> known_;
};

}  // namespace callgate
