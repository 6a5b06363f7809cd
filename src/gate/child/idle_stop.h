// When a child that no client uses must end (idle_stop).
#pragma once

#include <algorithm>

#include "callgate/config/config.h"
#include "gate/state/state.h"

namespace callgate {

class IdleStop {
 public:
  IdleStop(GateState& gate, ChildIndex child) : gate_(gate), child_(child) {}

  /// The child has been used. It must end if it is not used for `time` from now on. Without
  /// `watch`, nothing watches the time.
  void used(Nanos time, bool watch) {
    used_at_ = gate_.now.monotonic;
    if (watch) set_deadline(time);
  }
  /// The deadline has passed. Returns false if it was set by an earlier child with this number.
  bool take_deadline() {
    if (due_ == Nanos{} || gate_.now.monotonic < due_) return false;
    due_ = Nanos{};
    return true;
  }
  /// Returns true if the child has not been used for `time`. Otherwise watches the rest of it.
  bool is_over(Nanos time) {
    if (used_at_ + time <= gate_.now.monotonic) return true;
    set_deadline(time);
    return false;
  }

 private:
  void set_deadline(Nanos time) {
    if (due_ != Nanos{}) return;
    // At least 1 ms from now, so that a tick() never sets a deadline that has already passed.
    due_ = std::max<Nanos>(gate_.now.monotonic + std::chrono::milliseconds(1), used_at_ + time);
    gate_.deadlines.add({.at = due_, .kind = Deadline::Kind::Idle, .owner = child_});
  }

  GateState& gate_;
  ChildIndex child_;
  Nanos used_at_{}, due_{};
};

}  // namespace callgate
