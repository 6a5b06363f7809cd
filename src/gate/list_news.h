// Notifies clients that a list has changed. Only clients whose own list differs are notified. While
// servers start, all changes within 200 ms cause one notification.
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

  /// The list may have changed for some clients. Notifies them now, or after a moment if servers
  /// are starting whose lists may change, too.
  void changed(ListKind kind);
  /// Any list may have changed, because a person changed the configuration. Notifies clients now.
  void all_changed();
  /// A server became ready or failed. Notifies clients now if no server is starting any more.
  void settled();
  /// Notifies clients of all changes so far. Called when Deadline::Kind::News is due.
  void notify();
  /// Returns a digest of the list as sessions with this session's profile see it. Lists with equal
  /// digests count as equal.
  size_t digest(const Session& session, ListKind kind);

 private:
  struct Known {
    // The catalog's generation and Core::rules for which `digest` was computed, each plus 1.
    uint64_t generation = 0, rules = 0;
    size_t digest = 0;
  };

  Core& core_;
  std::array<bool, 4> changed_{};
  Nanos due_{};                                              // zero if no deadline is set
  std::map<std::pair<std::string, ListKind>, Known> known_;  // by profile
};

}  // namespace callgate
