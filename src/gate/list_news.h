// Notifies clients that a list has changed. Only clients whose own list differs are notified. While
// servers start, all changes within 200 ms cause one notification.
#pragma once

#include <array>

#include "gate/call/core.h"

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

 private:
  Core& core_;
  std::array<bool, 4> changed_{};
  Nanos due_{};  // zero if no deadline is set
};

}  // namespace callgate
