// Tells clients that a list of theirs has changed: only those that see the change, and once for
// what changes within a moment while servers start.
#pragma once

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core.h"

namespace callgate {

class ListNews {
 public:
  explicit ListNews(Core& core) : core_(core) {}

  /// Something in that list may have changed for some clients. Tells them now, or when servers that
  /// are starting have had a moment to change theirs too.
  void changed(ListKind kind);
  /// Any list may have changed, by what a person did. Tells clients now.
  void all_changed();
  /// A server is ready or has failed, so perhaps there is nothing to wait for any more.
  void settled();
  /// Deadline::Kind::News is due.
  void tell();
  /// Stands for what sessions with that session's profile are shown of the list: equal numbers,
  /// equal lists.
  size_t digest(const Session& session, ListKind kind);

 private:
  struct Known {
    uint64_t generation = 0, rules = 0;  // of the catalog's list and of the policy
    size_t digest = 0;
  };

  Core& core_;
  std::array<bool, 4> changed_{};
  Nanos due_{};                                              // of the deadline; zero: there is none
  std::map<std::pair<std::string, ListKind>, Known> known_;  // by profile
};

}  // namespace callgate
