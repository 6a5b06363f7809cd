// Questions that a legacy server asks outside of a call while its client is a modern one. Such a
// client is asked only within an answer to a request of its own, so they wait for its next call.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/wire/message.h"
#include "core.h"

namespace callgate {

struct HeldQuestion {
  ChildIndex child = 0;
  SessionNumber session = 0;
  std::string child_id;        ///< empty: the server does not wait for the answer any more
  std::string method, params;  ///< params: JSON text, or empty
  QuestionNumber question = 0;
};

class HeldQuestions {
 public:
  explicit HeldQuestions(Core& core) : core_(core) {}

  void hold(HeldQuestion question);
  size_t of(ChildIndex child) const;
  /// Takes out what a call of that session at that child can ask its client, which has these
  /// capabilities. A child of the same server that has a task under way gets no more calls, so its
  /// questions are asked, too.
  std::vector<HeldQuestion> take(SessionNumber session, const Server& child, Value capabilities);
  bool empty() const { return held_.empty(); }

  /// The server took that question back. It is still going to be told the roots that it wanted.
  void cancelled(ChildIndex child, std::string_view child_id);
  /// A server that waits with its lists for an answer is given none, so that it gets ready.
  void due(ChildIndex child);
  void child_gone(ChildIndex child);
  void session_gone(SessionNumber session);

 private:
  void refuse(HeldQuestion& question, const std::string& why);

  Core& core_;
  std::vector<HeldQuestion> held_;
};

}  // namespace callgate
