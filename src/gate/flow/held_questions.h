// Questions that a legacy server asks a modern client outside of a call. A modern client can be
// asked only in the answer to one of its requests, so these questions wait for its next call.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/wire/message.h"
#include "gate/call/core.h"

namespace callgate {

struct HeldQuestion {
  ChildIndex child = 0;
  SessionNumber session = 0;
  std::string child_id;        ///< empty if the server no longer waits for the answer
  std::string method, params;  ///< params: JSON text, or empty
  QuestionNumber question = 0;
};

class HeldQuestions {
 public:
  explicit HeldQuestions(Core& core) : core_(core) {}

  void hold(HeldQuestion question);
  size_t of(ChildIndex child) const;
  /// Removes and returns the questions that a call of the session at this child can put to the
  /// client, whose capabilities are given. Questions of the server's other children are included if
  /// these children still wait for an answer. A child with a running task needs this, because it
  /// gets no more calls of its own.
  std::vector<HeldQuestion> take(SessionNumber session, const Child& child, Value capabilities);
  bool empty() const { return held_.empty(); }

  /// The server has cancelled the question. A question for roots stays, without its id, so that the
  /// server can be notified of the roots later.
  void cancelled(ChildIndex child, std::string_view child_id);
  /// Refuses the questions of a child that is still not ready, because the child may wait for the
  /// answers before it returns its lists.
  void due(ChildIndex child);
  void child_gone(ChildIndex child);
  void session_gone(SessionNumber session);

 private:
  void refuse(HeldQuestion& question, const std::string& why);

  Core& core_;
  std::vector<HeldQuestion> held_;
};

}  // namespace callgate
