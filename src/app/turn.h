// What ends a turn of the loop: its work is committed together, and what became durable goes on in
// the same turn, before output is written.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "callgate/gate/gate.h"
#include "callgate/io/loop.h"
#include "callgate/store/recorder.h"

namespace callgate {

/// Loop's thread. The others outlive this.
class Turn {
 public:
  Turn(Loop& loop, Gate& gate, Recorder& recorder);

  /// Commits, passes the recorder's answers to the gate, and sets the timer for what is due next.
  void end();

 private:
  /// The gate's deadlines; returns when the next one is.
  std::optional<Nanos> tick();
  void arm(std::optional<Nanos> at, Millis flush_in);

  Loop& loop_;
  Gate& gate_;
  Recorder& recorder_;
  Timer wake_;
  Nanos wake_at_{};
  std::optional<Nanos> due_;         // of the gate's deadlines, as the last tick said
  std::optional<Nanos> read_first_;  // deadlines were noticed late: none is due before then
  // Answers of the recorder may come from within append(), inside the gate: kept until the turn's
  // end.
  std::vector<CallNumber> durable_;
  std::vector<std::pair<CallNumber, Error>> failed_;
  std::vector<std::pair<QuestionNumber, std::optional<Error>>> answers_;  // durable, or failed
};

}  // namespace callgate
