// Ends a turn of the loop. The events of the turn are committed together, and what became durable
// goes on in the same turn, before output is written.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "callgate/gate/gate.h"
#include "callgate/io/loop.h"
#include "callgate/store/recorder.h"

namespace callgate {

/// Used on the loop's thread. The references must outlive this.
class Turn {
 public:
  Turn(Loop& loop, Gate& gate, Recorder& recorder);

  /// Commits, passes the recorder's answers to the gate, and sets the timer for what is due next.
  void end();

 private:
  /// Lets the gate act on its deadlines; returns when the next one is.
  std::optional<Nanos> tick();
  void arm(std::optional<Nanos> at, Millis flush_in);

  Loop& loop_;
  Gate& gate_;
  Recorder& recorder_;
  Timer wake_;
  Nanos wake_at_{};
  std::optional<Nanos> due_;  // the gate's next deadline, as the last tick returned it
  // Set if a deadline was noticed late: input is read first, and no deadline is due before then.
  std::optional<Nanos> read_first_;
  // The recorder may answer from within append(), which is inside the gate, so its answers are kept
  // until the end of the turn.
  std::vector<CallNumber> durable_;
  std::vector<std::pair<CallNumber, Error>> failed_;
  std::vector<std::pair<QuestionNumber, std::optional<Error>>> answers_;  // durable, or failed
};

}  // namespace callgate
