// Ends a turn of the loop. One commit of the record contains all events of the turn. Calls whose
// rows are durable then go on in the same turn, before the loop writes its output.
#pragma once

#include <optional>

#include "callgate/gate/gate.h"
#include "callgate/io/loop.h"
#include "callgate/store/recorder.h"

namespace callgate {

/// Used on the loop's thread. The references must outlive this object.
class Turn {
 public:
  Turn(Loop& loop, Gate& gate, Recorder& recorder);

  /// Commits the events, passes the recorder's answers to the gate, and sets the timer for the next
  /// deadline.
  void end();

 private:
  void pass_on(const Recorded& recorded);
  /// Lets the gate handle the deadlines that have passed. Returns the next deadline.
  std::optional<Nanos> tick();
  void arm(std::optional<Nanos> at, Millis flush_in);

  Loop& loop_;
  Gate& gate_;
  Recorder& recorder_;
  Timer wake_;
  Nanos wake_at_{};
  std::optional<Nanos> due_;  // the gate's next deadline, as the last tick returned it
  // Set if a deadline is handled late because this process could not run. Until this time, the loop
  // reads input and handles no deadline.
  std::optional<Nanos> read_first_;
};

}  // namespace callgate
