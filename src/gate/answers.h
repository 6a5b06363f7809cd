// What clients say to questions of servers: in the record before a server gets it, as calls are.
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
/// By the key that the client was told.
using AskedQuestions = std::map<std::string, AskedQuestion>;
/// The `inputResponses` of a request, and whose they are.
struct BroughtAnswers {
  SessionNumber session = 0;
  std::string server;
  CallNumber call = 0;
  MessagePtr message;
  Value responses;  // lies in `message`
};

/// "accept", "decline" or "cancel" of an elicitation's result, else "answer".
std::string answer_word(Value result);

class Answers {
 public:
  /// Goes on with the answer; not null: it is not in the record, so the server must not get it.
  using Then = std::function<void(const Error* failure)>;

  explicit Answers(Core& core) : core_(core) {}

  QuestionNumber next() { return ++last_; }
  /// Appends the row. `then` follows once it is durable, never from within.
  void record(QuestionAnswered answer, Then then);
  void recorded(QuestionNumber number, const Error* failure);
  /// A row for each answer to one of the questions, which are taken out, and one row for all else.
  /// `then` is called for each of the rows; returns their number.
  int brought(const BroughtAnswers& answers, AskedQuestions& asked, const Then& then);

 private:
  Core& core_;
  QuestionNumber last_ = 0;
  std::unordered_map<QuestionNumber, Then> waiting_;
};

}  // namespace callgate
