// The latest answers that clients got to calls that may write. An answer and the client's
// cancellation of the call can cross on their way; then the client did not get the answer.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>

#include "gate/call/call.h"

namespace callgate {

struct RecentAnswer {
  Nanos received{}, ended{};
  SessionNumber session = 0;
  ClientRequest client;
  CallId id = 0;
  Micros at{};  ///< when the gate received the call
  std::string server, tool;
  MessagePtr message;  ///< the request, which holds `args`
  Value args;
  Era era = Era::Legacy;  ///< the child's
  MessagePtr answer;      ///< nullptr if it was too long to be kept
};

class RecentAnswers {
 public:
  /// How long an answer is kept. A cancellation that crosses an answer comes in less time.
  static constexpr Nanos kKept = std::chrono::seconds(5);
  static constexpr size_t kMost = 128, kMostBytes = size_t{128} << 10;
  /// Messages of more bytes are not kept.
  static constexpr size_t kLongest = size_t{32} << 10;

  void add(RecentAnswer answer);
  /// Removes and returns the session's answer to the request `id`. Empty if none is kept,
  /// or if it is older than kKept.
  std::optional<RecentAnswer> take(SessionNumber session, const std::string& id, Nanos now);

  /// Removes and returns the latest answer to an equal call of the session, if the answer came
  /// within the last second and the call took from `least` to `most`. Otherwise empty.
  std::optional<RecentAnswer> take_equal(const Call& call, Nanos least, Nanos most, Nanos now);

 private:
  RecentAnswer remove(std::deque<RecentAnswer>::iterator at);
  void drop_first();

  std::deque<RecentAnswer> answers_;
  size_t bytes_ = 0;
};

}  // namespace callgate
