#include "answers.h"

#include <array>
#include <utility>

#include "callgate/base/log.h"

namespace callgate {

std::string answer_word(Value result) {
  constexpr std::array<std::string_view, 3> kActions = {"accept", "decline", "cancel"};
  const Value action = result.find("action");
  for (const std::string_view each : kActions)
    if (action && action.text_is(each)) return std::string(each);
  return "answer";
}

void Answers::record(QuestionAnswered answer, Then then) {
  if (then) waiting_.emplace(answer.number, std::move(then));
  answer.at = core_.now.wall;
  core_.record.append(std::move(answer));
}

void Answers::recorded(QuestionNumber number, const Error* failure) {
  const auto found = waiting_.find(number);
  if (found == waiting_.end()) return;
  const Then then = std::move(found->second);
  waiting_.erase(found);
  if (failure && core_.options.on_failure == RecordConfig::OnFailure::Allow) {
    log::warn(
        "a client's answer is forwarded although it could not be recorded (record.on_failure is "
        "allow): {}",
        failure->text());
    failure = nullptr;
  }
  then(failure);
}

int Answers::brought(const BroughtAnswers& answers, AskedQuestions& asked, const Then& then) {
  if (answers.responses.is(NodeKind::Null)) return 0;
  int rows = 0;
  const auto row = [&](QuestionNumber number, std::string method, Value answer,
                       std::string action) {
    ++rows;
    record({.number = number,
            .session = answers.session,
            .server = answers.server,
            .method = std::move(method),
            .call = answers.call,
            .action = std::move(action),
            .answer = {.owner = answers.message, .bytes = answer.raw()},
            .wire = answer.raw()},
           then);
  };
  bool more = !answers.responses.is_object();
  if (!more) {
    for (const Value response : answers.responses) {
      const auto found = asked.find(response.key());
      if (found == asked.end()) {
        more = true;
        continue;
      }
      row(found->second.number, std::move(found->second.method), response, answer_word(response));
      asked.erase(found);
    }
  }
  // All answers to questions that were not asked share one row, because the client can invent as
  // many of them as it likes.
  if (more) row(next(), "", answers.responses, "unasked");
  return rows;
}

}  // namespace callgate
