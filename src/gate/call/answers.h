// The answers of clients to questions of servers. Like a call, an answer is recorded before a
// server gets it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core.h"

namespace callgate {

/// A question that a client has not answered yet.
struct AskedQuestion {
  QuestionNumber number = 0;
  std::string method;
};
/// The questions by the keys under which the client got them.
using AskedQuestions = std::map<std::string, AskedQuestion>;
/// The `inputResponses` of a client's request.
struct BroughtAnswers {
  SessionNumber session = 0;
  std::string server;
  CallNumber call = 0;
  MessagePtr message;
  Value responses;  // part of `message`
};

/// Returns "accept", "decline" or "cancel" for the result of an elicitation, otherwise "answer".
std::string answer_word(Value result);

class Answers {
 public:
  /// Called when the row of an answer is durable. If `failure` is not nullptr, the answer could not
  /// be recorded, and the server must not get it.
  using Then = std::function<void(const Error* failure)>;

  explicit Answers(Core& core) : core_(core) {}

  QuestionNumber next() { return ++last_; }
  /// Appends the row. Calls `then` once the row is durable or has failed, never from within this
  /// function.
  void record(QuestionAnswered answer, Then then);
  void recorded(QuestionNumber number, const Error* failure);
  /// Appends a row for each answer to one of the questions in `asked`, and removes that question
  /// from `asked`. All responses that answer none of these questions share one row. Returns the
  /// number of rows, and calls `then` once for each of them.
  int brought(const BroughtAnswers& answers, AskedQuestions& asked, const Then& then);

 private:
  Core& core_;
  QuestionNumber last_ = 0;
  std::unordered_map<QuestionNumber, Then> waiting_;
};

}  // namespace callgate
